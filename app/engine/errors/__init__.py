"""What can go wrong: one family that knows nothing of HTTP and has no sentences.

EngineError             `families.py`
  InvalidRequest        the caller asked for something impossible; nothing was computed: `text.py`, `options.py`,
                        `pronunciations.py`, `edits.py`, `content.py`, `hearing.py`; `models.py` for what only code sees
    BadAudio            `recordings.py`
  NotFound              UnknownVoice, UnknownConsent (`library.py`), UnknownTake (`studio.py`), UnknownModel
  Conflict              VoiceNameTaken (`library.py`), SessionTooNew (`studio.py`)
  Unavailable           right request, wrong moment or installation: NotReady, SilentResult (`jobs.py`), PartMissing,
                        PackagesMissing (`machine.py`)
  StorageFailed         the disk does not take what is to be kept (`machine.py`)
  QueueFull, DeadlineExceeded, Cancelled, NoSound, NoAnswer   `jobs.py`

Each class carries a stable `code` and the values of the failure; `param` names the field of the request that is at
fault, in the caller's words. Doors make sentences of them, each by one table (`app/wording`, `app/ui/sentences.py`).
All of them are imported from here, so that nobody has to know in which file one stands.
"""

from app.engine.errors.content import *
from app.engine.errors.edits import *
from app.engine.errors.families import *
from app.engine.errors.hearing import *
from app.engine.errors.jobs import *
from app.engine.errors.library import *
from app.engine.errors.machine import *
from app.engine.errors.models import *
from app.engine.errors.options import *
from app.engine.errors.pronunciations import *
from app.engine.errors.recordings import *
from app.engine.errors.studio import *
from app.engine.errors.text import *
