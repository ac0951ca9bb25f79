"""What a features file calls, and that nobody can tell."""

from cases import case, only, told

from assay.validation import features
from assay.validation.case import Calls

DOUBT = [("features", "warn", True, None, None)]


def test_data_are_data():
    assert told(features.check_features(case())) == [("features", "pass", False, None, None)]


def test_calls_are_named():
    found = list(features.check_features(case(calls=Calls(("os.system",)))))
    assert told(found) == DOUBT
    assert "features_1.pkl calls os.system" in only(found).message
    assert only(found).measured == ["os.system"]


def test_what_cannot_be_read_without_running_it():
    found = list(features.check_features(case(calls=Calls(problem="EOFError: "))))
    assert told(found) == DOUBT
    assert "without running it: EOFError" in only(found).message
