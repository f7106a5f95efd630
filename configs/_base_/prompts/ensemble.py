# P1..P6 of the paper's table 1, with the wording of the released code.
prompts = dict(
    spoof=[
        "This is an example of a spoof face",
        "This is an example of an attack face",
        "This is not a real face",
        "This is how a spoof face looks like",
        "a photo of a spoof face",
        "a printout shown to be a spoof face",
    ],
    real=[
        "This is an example of a real face",
        "This is a bonafide face",
        "This is a real face",
        "This is how a real face looks like",
        "a photo of a real face",
        "This is not a spoof face",
    ],
)
