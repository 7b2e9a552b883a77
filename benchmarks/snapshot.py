"""The former place of `benchmarks.snapshots.snapshot`, for plugins that still import it from here."""

import warnings

from benchmarks.snapshots.snapshot import Data as Data
from benchmarks.snapshots.snapshot import Snapshot as Snapshot

warnings.warn("benchmarks.snapshot is now called benchmarks.snapshots.snapshot", FutureWarning, stacklevel=2)
