# Sets of prompts for ablations: each of P1..P6 alone, fewer of them, and controls. See docs/ablations.md.
ensemble = dict(
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
prompt_sets = dict(
    p1=dict(spoof=ensemble["spoof"][:1], real=ensemble["real"][:1]),
    p2=dict(spoof=ensemble["spoof"][1:2], real=ensemble["real"][1:2]),
    p3=dict(spoof=ensemble["spoof"][2:3], real=ensemble["real"][2:3]),
    p4=dict(spoof=ensemble["spoof"][3:4], real=ensemble["real"][3:4]),
    p5=dict(spoof=ensemble["spoof"][4:5], real=ensemble["real"][4:5]),
    p6=dict(spoof=ensemble["spoof"][5:], real=ensemble["real"][5:]),
    first2=dict(spoof=ensemble["spoof"][:2], real=ensemble["real"][:2]),
    first3=dict(spoof=ensemble["spoof"][:3], real=ensemble["real"][:3]),
    swapped=dict(spoof=ensemble["real"], real=ensemble["spoof"]),
    # All words of both classes, shuffled once with Python's random.Random(0) and dealt to sentences of the same lengths.
    shuffled=dict(
        spoof=[
            "spoof looks real is is example of This",
            "a real This is example how This is",
            "a a spoof an spoof an",
            "attack face of printout face face a like",
            "spoof real real face face photo",
            "face a a This a example This not",
        ],
        real=[
            "looks bonafide is an be is real photo",
            "This This face a face",
            "face a This of an",
            "spoof to not of of like a is",
            "how face is face shown face",
            "This a a a is a",
        ],
    ),
    # Finnish, with the meaning of P1..P6; short enough for the text tower of the demo.
    finnish=dict(
        spoof=[
            "esimerkki valekasvoista",
            "esimerkki hyökkäyskasvoista",
            "Nämä eivät ole oikeat kasvot",
            "Valekasvot ovat tällaiset",
            "kuva valekasvoista",
            "tuloste valekasvoista",
        ],
        real=[
            "esimerkki oikeista kasvoista",
            "Nämä ovat aidot kasvot",
            "Nämä ovat oikeat kasvot",
            "Oikeat kasvot ovat tällaiset",
            "kuva oikeista kasvoista",
            "Nämä eivät ole valekasvot",
        ],
    ),
)
