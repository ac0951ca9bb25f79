"""The table of forgeries, by family; each family has a file of its own."""

from dataclasses import replace

from corpus_approximate import APPROXIMATE
from corpus_edited import EDITED
from corpus_emergency import EMERGENCY
from corpus_form import FORM
from corpus_found import FOUND
from corpus_lenient import LENIENT
from corpus_never_run import NEVER_RUN
from corpus_other_run import OTHER_RUN
from corpus_padded import PADDED
from corpus_rewritten import REWRITTEN
from corpus_sealed import SEALED
from corpus_stretched import STRETCHED
from corpus_swapped import SWAPPED
from corpus_times import TIMES

FAMILIES = {
    "never run": NEVER_RUN,
    "edited": EDITED,
    "sealed": SEALED,
    "rewritten": REWRITTEN,
    "other run": OTHER_RUN,
    "padded": [*PADDED, *STRETCHED],
    "approximate": APPROXIMATE,
    "lenient": LENIENT,
    "emergency": EMERGENCY,
    "times": TIMES,
    "swapped": SWAPPED,
    "found": FOUND,
    "form": FORM,
}
CORPUS = [replace(one, family=family) for family, table in FAMILIES.items() for one in table]
BAYESIAN = {"bayesian", "repaired"}  # names of honest runs that take ten seconds and more to judge
