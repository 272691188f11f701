"""The weights of the neural backend on disk: finding them, telling what is missing, bringing them from a hub."""

from app.engine.step_audio.weights.find import WeightFolders, find_weights

__all__ = ["WeightFolders", "find_weights"]
