# SPDX-License-Identifier: Apache-2.0
"""Names of the same weights in flip_mm, in open_clip (and OpenAI's CLIP) and in the official FLIP release."""

from __future__ import annotations

# Pairs of prefixes. The first one that fits a name is used.
# flip_mm, open_clip
TOWERS = (
    ("backbone.visual_projection", "visual.proj"),
    ("backbone.visual.", "visual."),
    ("backbone.logit_", "logit_"),
    ("backbone.text_tower.", ""),
)
# Official release, open_clip: FLIP-IT and FLIP-MCL hold CLIP as `model`; FLIP-V holds only the image tower.
RELEASE_TOWERS = (("model.", ""), ("backbone.vit.", "visual."))
# Official release, flip_mm.
RELEASE_HEADS = (
    ("image_mlp.layer1.", "head.projector.fc0."),
    ("image_mlp.bn1.", "head.projector.bn0."),
    ("image_mlp.layer2.", "head.projector.fc1."),
    ("image_mlp.bn2.", "head.projector.bn1."),
    ("image_mlp.layer3.", "head.projector.fc2."),
    ("embedder.bottleneck_layer_fc.", "head.fc."),
    ("classifier.classifier_layer.", "head.classifier."),
)
# The release stores FLIP-V's hidden layer twice, the second time inside a Sequential.
RELEASE_ALIAS = ("embedder.bottleneck_layer.0.", "embedder.bottleneck_layer_fc.")
# Keys next to the weights that only the release has. The last one is in files that this project converted.
RELEASE_KEYS = frozenset({"valid_arg", "best_model_EER", "best_model_ACER", "best_model_ACC", "converted_by"})


def rename(name: str, *tables: tuple[tuple[str, str], ...], back: bool = False) -> str | None:
    """Replace the prefix of a name.

    Args:
        name: Name of a weight.
        tables: Pairs of prefixes, tried in this order.
        back: Replace the second prefix of a pair by the first.

    Returns:
        The new name; None if no prefix fits.

    Example:
        >>> rename("backbone.visual_projection", TOWERS), rename("ln_final.bias", TOWERS, back=True)
        ('visual.proj', 'backbone.text_tower.ln_final.bias')
    """
    for pair in (pair for table in tables for pair in table):
        old, new = reversed(pair) if back else pair
        if name.startswith(old):
            return new + name.removeprefix(old)
    return None
