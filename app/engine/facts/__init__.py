"""Facts: what the engine has to say of a failure, a warning or a reason, as a kind and its values, never as a sentence.

`fact.py` says what a fact is, `warnings.py` has those about results, `reasons.py` why something is as it is,
`faults.py` what is wrong with files, `downloads.py` why something could not be fetched. Failures that are raised stand
in `app/engine/errors.py`. Each door has one table that makes sentences of them (`app/wording`, `app/ui/sentences.py`).
"""
