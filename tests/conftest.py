"""How hypothesis draws: at random on a developer's machine, always alike where HYPOTHESIS_PROFILE says ci."""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("oldest", derandomize=True, deadline=None, max_examples=15)
settings.register_profile("dev", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
