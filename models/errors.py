"""What can go wrong in the models room. Each message says what was wrong, with what, and what to do."""


class ModelsError(Exception):
    """Base of everything that this room raises on purpose."""


class BadRegistry(ModelsError):
    """registry.toml is not TOML, or an entry lacks a field or has a wrong one."""


class UnknownModel(ModelsError):
    """No model of that name is in the registry."""


class ModelMissing(ModelsError):
    """The file of a registered model is not on this machine."""


class ModelChanged(ModelsError):
    """The file of a registered model is not the one that was registered: its SHA-256 differs."""


class ModelUnusable(ModelsError):
    """ONNX Runtime cannot run the model, or the model lacks something that we need from it."""


class BadImage(ModelsError):
    """An array that is not a colour picture of a size that can be read."""


class BadLabels(ModelsError):
    """A label file that cannot be used; the message names the file and the line."""
