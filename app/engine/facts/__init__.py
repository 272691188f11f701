"""Facts: what the engine has to say of a failure, a warning or a reason, as a kind and its values, never as a sentence.

`fact.py` says what a fact is. `warnings.py` has those about results, `reasons.py` why something is as it is,
`recipes.py` why a recipe cannot be played. What is wrong with weights: `files.py` any file, `tokenizer.py`,
`decoder.py` and `language_model.py` those of the neural models, `weights.py` their folders, `parts.py` those of the
embedded engine, `whisper.py` those of Whisper; `downloads.py` why something could not be fetched. Failures that are
raised stand in `app/engine/errors/`. Each door has one table that makes sentences of
them (`app/wording`, `app/ui/sentences.py`).
"""
