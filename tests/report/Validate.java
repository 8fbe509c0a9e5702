import java.io.InputStream;
import java.util.logging.Level;
import java.util.logging.LogManager;

import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;

/** Judges PDF files by veraPDF's own profiles. Arguments: PROFILE FILE [PROFILE FILE]…, e.g. PDFA-3A report.pdf. */
public class Validate {
    public static void main(String[] arguments) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        boolean good = true;
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            good &= judge(arguments[i], arguments[i + 1]);
        }
        System.exit(good ? 0 : 1);
    }

    private static boolean judge(String name, String file) throws Exception {
        ValidationProfile profile;
        try (InputStream xml = Validate.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name + ".xml")) {
            profile = Profiles.profileFromXml(xml);
        }
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new java.io.File(file), profile.getPDFAFlavour());
                PDFAValidator validator = Foundries.defaultInstance().createValidator(profile, 1, false, true, false)) {
            ValidationResult result = validator.validate(parser);
            System.out.println((result.isCompliant() ? "PASS " : "FAIL ") + name + " " + file
                    + " (" + result.getTotalAssertions() + " checks)");
            for (TestAssertion failed : result.getTestAssertions()) {
                if (failed.getStatus() == TestAssertion.Status.FAILED) {
                    System.out.println("  " + failed.getRuleId().getClause() + "-" + failed.getRuleId().getTestNumber()
                            + ": " + failed.getMessage());
                }
            }
            return result.isCompliant();
        }
    }
}
