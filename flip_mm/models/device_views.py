# SPDX-License-Identifier: Apache-2.0
"""Render the views of a batch of images on its device, each sample with its own parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from flip_mm.datasets.transforms.view_parameters import COLOUR_CHANGES, ViewParameters

# Weights of R, G, B in the luminance (ITU-R 601-2), as in Pillow and OpenCV.
LUMINANCE = (0.299, 0.587, 0.114)


def render_views(images: Tensor, parameters: Sequence[Sequence[ViewParameters]]) -> list[Tensor]:
    """Render the views of a batch. There is no randomness here: a view depends only on its image and its parameters.

    Args:
        images: (N, 3, H, W) uint8, RGB, on any device.
        parameters: The V views of each of the N samples.

    Returns:
        V tensors (N, 3, H, W) float32 with whole numbers in 0..255. As in Pillow and OpenCV, each change gives whole levels:
        truncated after brightness, contrast and saturation, otherwise rounded. Without this, views would be brighter by one
        level on average.

    Raises:
        ValueError: The images are no batch of RGB uint8, the parameters do not fit the batch, or a crop leads out of its image.
    """
    _check(images, parameters)
    count = len(parameters[0])
    # All views at once: a GPU then starts each kernel once.
    views = [sample[number] for number in range(count) for sample in parameters]
    # Training calls this within autocast, and bf16 has fewer levels than uint8.
    with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
        pixels = resized_crops(images.float().repeat(count, 1, 1, 1), views)
        for step in range(len(COLOUR_CHANGES)):
            for number, change in enumerate(CHANGES):
                chosen = [index for index, view in enumerate(views) if view.order[step : step + 1] == (number,)]
                _replace(pixels, chosen, change, [views[index].factors[number] for index in chosen])
        grey = [index for index, view in enumerate(views) if view.grey]
        _replace(pixels, grey, adjust_grey, [0.0] * len(grey))
        blurred = [index for index, view in enumerate(views) if view.sigma > 0]
        _replace(pixels, blurred, blur, [views[index].sigma for index in blurred])
        return list(pixels.split(len(images)))


def resized_crops(pixels: Tensor, views: Sequence[ViewParameters]) -> Tensor:
    """Crop each image, resize the crop to the size of the image by Pillow's bilinear filter, and flip it.

    Rows and columns are resized by a matrix product each.

    Args:
        pixels: (N, 3, H, W) float32.
        views: Their parameters.
    """
    height, width = pixels.shape[-2:]
    tops, lefts, heights, widths = zip(*(view.crop for view in views), strict=True)
    rows = _resize_matrices(tops, heights, height, pixels)
    columns = _resize_matrices(lefts, widths, width, pixels)
    flipped = _on_device([view.flip for view in views], pixels, torch.bool).view(-1, 1, 1)
    columns = torch.where(flipped, columns.flip(1), columns)
    return (rows[:, None] @ pixels @ columns[:, None].mT).round_()


def adjust_brightness(pixels: Tensor, factors: Tensor) -> Tensor:
    """Multiply by the factor."""
    return _truncated(pixels * factors)


def adjust_contrast(pixels: Tensor, factors: Tensor) -> Tensor:
    """Multiply the distance from the mean luminance of the image by the factor."""
    mean = luminance(pixels).mean((-2, -1), keepdim=True).round_()
    return _truncated(torch.lerp(mean, pixels, factors))


def adjust_saturation(pixels: Tensor, factors: Tensor) -> Tensor:
    """Multiply the distance from the pixel's luminance by the factor."""
    return _truncated(torch.lerp(luminance(pixels), pixels, factors))


def adjust_hue(pixels: Tensor, turns: Tensor) -> Tensor:
    """Turn the HSV hue; saturation and value stay the same.

    With V = max(R, G, B), m = min(R, G, B) and the hue h in 0..6, a channel is V - (V - m) * clip(min(k, 4 - k), 0, 1),
    k = (n + h) mod 6, where n is 5 for R, 3 for G, 1 for B.

    Args:
        pixels: (N, 3, H, W).
        turns: (N, 1, 1, 1); 1 is a full turn.
    """
    red, green, blue = pixels.split(1, 1)
    value = pixels.amax(1, keepdim=True)
    depth = value - pixels.amin(1, keepdim=True)
    hue = torch.where(
        value == red, green - blue, torch.where(value == green, blue - red + 2 * depth, red - green + 4 * depth)
    ) / depth.clamp(min=1e-6)
    shift = _on_device((5, 3, 1), pixels, pixels.dtype).view(1, 3, 1, 1)
    k = torch.remainder(hue + shift + 6 * turns, 6)
    return (value - depth * torch.minimum(k, 4 - k).clamp_(0, 1)).round_()


def adjust_grey(pixels: Tensor, _: Tensor) -> Tensor:
    """Replace all channels by the luminance."""
    return luminance(pixels).round_().expand_as(pixels)


def luminance(pixels: Tensor) -> Tensor:
    """Luminance of RGB: (N, 3, H, W) to (N, 1, H, W)."""
    red, green, blue = pixels.split(1, 1)
    return LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue


def blur(pixels: Tensor, sigmas: Tensor) -> Tensor:
    """Blur by Gaussians; pixels outside of the image are those at its edge.

    Args:
        pixels: (N, 3, H, W).
        sigmas: (N, 1, 1, 1), standard deviations in pixels, above 0.
    """
    height, width = pixels.shape[-2:]
    rows, columns = (_blur_matrices(sigmas.view(-1, 1, 1), side) for side in (height, width))
    return (rows[:, None] @ pixels @ columns[:, None].mT).round_()


# In the order of COLOUR_CHANGES.
CHANGES: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (
    adjust_brightness,
    adjust_contrast,
    adjust_saturation,
    adjust_hue,
)


def _check(images: Tensor, parameters: Sequence[Sequence[ViewParameters]]) -> None:
    if not isinstance(images, Tensor) or images.ndim != 4 or images.shape[1] != 3 or images.dtype != torch.uint8:
        got = f"{tuple(images.shape)} {images.dtype}" if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(f"Views on the device need one RGB image (3, H, W) uint8 per sample, got a batch {got}.")
    counts = {len(sample) for sample in parameters}
    if len(parameters) != len(images) or len(counts) != 1 or not min(counts):
        raise ValueError(
            f"view_parameters of {len(parameters)} samples with {sorted(counts)} views do not fit a batch of {len(images)} "
            "images: each sample needs the same number of views."
        )
    height, width = images.shape[-2:]
    for view in (view for sample in parameters for view in sample):
        top, left, rows, columns = view.crop
        if not (0 <= top < top + rows <= height and 0 <= left < left + columns <= width):
            raise ValueError(f"view_parameters: the crop {view.crop} leads out of the image of {height} x {width} pixels.")


def _replace(
    pixels: Tensor, chosen: list[int], change: Callable[[Tensor, Tensor], Tensor], values: Sequence[float] = ()
) -> None:
    """Change some images of a batch in place, each by its own value."""
    if chosen:
        index = _on_device(chosen, pixels, torch.int64)
        changed = change(pixels.index_select(0, index), _on_device(values, pixels, pixels.dtype).view(-1, 1, 1, 1))
        pixels.index_copy_(0, index, changed)


def _truncated(pixels: Tensor) -> Tensor:
    """Cut to 0..255 and truncate; a whole number that was computed a little too small remains the same."""
    return pixels.clamp_(0, 255).add_(1e-3).floor_()


def _resize_matrices(starts: Sequence[int], lengths: Sequence[int], side: int, pixels: Tensor) -> Tensor:
    """(N, side, side): weights of the input pixels (last axis) of each output pixel; a row's sum is 1."""
    start, length = (_on_device(values, pixels, pixels.dtype).view(-1, 1, 1) for values in (starts, lengths))
    grid = torch.arange(side, device=pixels.device, dtype=pixels.dtype)
    scale = length / side
    # Distance of each input pixel from the output pixel's place, in input pixels.
    distance = grid + 0.5 - (start + (grid[:, None] + 0.5) * scale)
    weights = (1 - distance.abs() / scale.clamp(min=1)).clamp_(min=0)
    weights = weights * ((grid >= start) & (grid < start + length))
    return weights / weights.sum(-1, keepdim=True)


def _blur_matrices(sigmas: Tensor, side: int) -> Tensor:
    """(N, side, side): weights of the input pixels (last axis) of each output pixel; a row's sum is 1."""
    reach = side // 2
    places = torch.arange(-reach, side + reach, device=sigmas.device, dtype=sigmas.dtype)
    distance = places - torch.arange(side, device=sigmas.device, dtype=sigmas.dtype)[:, None]
    # The same places for all rows, so that each has the whole Gaussian.
    weights = torch.exp(-0.5 * (distance / sigmas) ** 2) * (distance.abs() <= reach)
    weights = weights / weights.sum(-1, keepdim=True)
    before, inside, after = weights.split([reach, side, reach], -1)
    inside[..., 0] += before.sum(-1)
    inside[..., -1] += after.sum(-1)
    return inside


def _on_device(values: Sequence[float], like: Tensor, dtype: torch.dtype) -> Tensor:
    """Copy numbers to a device without waiting for it."""
    tensor = torch.tensor(values, dtype=dtype)
    return (tensor.pin_memory() if like.is_cuda else tensor).to(like.device, non_blocking=True)
