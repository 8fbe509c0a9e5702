// Judges a PDF against PDF/A-3a and PDF/UA-1 with the veraPDF engine; prints each rule that fails, with one place.
// Needs the veraPDF jars (validation-model, with its profiles, and a JAXB implementation) on the class path:
//   javac -cp "$JARS" Conformance.java && java -cp "$JARS:." Conformance report.pdf
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.*;
import org.verapdf.pdfa.results.*;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.validation.profiles.*;
import org.verapdf.pdfa.validation.validators.ValidatorFactory;
import java.io.*;
import java.util.*;
public class Conformance {
  public static void main(String[] a) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    for (String name : new String[]{"PDFA-3A","PDFUA-1"}) {
      InputStream in = Conformance.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name + ".xml");
      ValidationProfile profile = Profiles.profileFromXml(in);
      PDFAFlavour flavour = profile.getPDFAFlavour();
      try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(a[0]), flavour)) {
        PDFAValidator v = ValidatorFactory.createValidator(profile, -1, true, false, false);
        ValidationResult r = v.validate(parser);
        Map<String,Integer> count = new TreeMap<>(); Map<String,String> sample = new TreeMap<>();
        for (TestAssertion t : r.getTestAssertions()) if (t.getStatus() == TestAssertion.Status.FAILED) {
          String k = t.getRuleId().getClause()+"-"+t.getRuleId().getTestNumber();
          count.merge(k,1,Integer::sum); sample.putIfAbsent(k, t.getMessage()+" @ "+t.getLocation().getContext());
        }
        System.out.println(name+" "+(r.isCompliant()?"PASS":"FAIL")+" checks="+r.getTotalAssertions());
        for (String k : count.keySet()) System.out.println("  "+k+" x"+count.get(k)+" "+sample.get(k));
      }
    }
  }
}
