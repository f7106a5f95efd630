# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest
import torch
from mmengine.dataset import default_collate
from mmpretrain.registry import HOOKS
from torch.utils.data import DataLoader, Dataset


class Samples(Dataset):
    """Samples 0..9; 0, 1, 2 are of the development set."""

    def __len__(self):
        return 10

    def get_data_info(self, index):
        return dict(role="dev" if index < 3 else "target")

    def __getitem__(self, index):
        return dict(inputs=torch.tensor([float(index)]))


class Model(torch.nn.Module):
    """Notes its calls."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def data_preprocessor(self, data, training):
        return data

    def adapt_to(self, batches, rate):
        self.calls.append((rate, [batch.flatten().tolist() for batch in batches]))

    def forget(self):
        self.calls.append("forget")


@pytest.mark.parametrize("kind", ["val", "test"])
def test_a_model_is_adapted_to_the_images_of_the_target_alone(kind):
    def calls(seed):
        loader = DataLoader(Samples(), batch_size=4, collate_fn=default_collate)
        runner = SimpleNamespace(model=Model(), seed=seed, **{f"{kind}_dataloader": loader})
        hook = HOOKS.build(dict(type="TestTimeAdaptHook", passes=2, batch_size=5, rate=0.5))
        state = torch.get_rng_state()
        getattr(hook, f"before_{kind}_epoch")(runner)
        getattr(hook, f"after_{kind}_epoch")(runner, metrics={})
        assert torch.equal(torch.get_rng_state(), state)
        return runner.model.calls

    (rate, batches), end = calls(0)
    assert (rate, end) == (0.5, "forget")
    assert [len(batch) for batch in batches] == [5, 2, 5, 2]
    passes = batches[0] + batches[1], batches[2] + batches[3]
    assert [sorted(images) for images in passes] == [list(range(3, 10))] * 2
    assert passes[0] != passes[1]
    assert calls(0) == calls(0) != calls(1)
