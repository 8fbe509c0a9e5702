"""What the process of a model gets of the environment."""

from assay.subject.confinement.environment import environment


def test_what_chooses_the_kernels_of_linear_algebra_is_kept_and_nothing_that_may_be_a_secret(tmp_path, monkeypatch):
    kernels = {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_L2_SIZE": "512", "MKL_CBWR": "COMPATIBLE"}
    for name, value in {**kernels, "BANK_API_TOKEN": "secret", "OPENBLAS_NUM_THREADS": "8"}.items():
        monkeypatch.setenv(name, value)
    given = environment(tmp_path)
    assert kernels.items() <= given.items()
    assert not {"BANK_API_TOKEN", "OPENBLAS_NUM_THREADS"} & given.keys()
    assert (given["OMP_NUM_THREADS"], given["HOME"]) == ("1", str(tmp_path))
