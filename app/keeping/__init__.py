"""All that people keep here, as a whole: put into one archive, brought back, carried to a newer form, and erased.

The stores themselves belong to others (voices and consents to the engine's library, sessions to the studio, what was
computed to the cache); this room knows where they lie and which version each has.
"""
