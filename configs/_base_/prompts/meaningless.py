# The sentences of ensemble.py with invented words for the classes: spoof = dax, attack = ablo, printout = toma, real = blicket,
# bonafide = wuglin. Same grammar, no meaning.
meaningless = dict(
    spoof=[
        "This is an example of a dax face",
        "This is an example of an ablo face",
        "This is not a blicket face",
        "This is how a dax face looks like",
        "a photo of a dax face",
        "a toma shown to be a dax face",
    ],
    real=[
        "This is an example of a blicket face",
        "This is a wuglin face",
        "This is a blicket face",
        "This is how a blicket face looks like",
        "a photo of a blicket face",
        "This is not a dax face",
    ],
)
