"""Makes mixing.json: the rectangles that torchvision's CutMix cuts, by the share and the centre that it draws, and timm's binary loss of
mixed samples with its gradient.

Made with Python 3.11, torch 2.15.0, torchvision 0.29.2, timm 1.0.31: python3 make_mixing.py > mixing.json
"""
import json
import random
from unittest import mock

import torch
from timm.loss import BinaryCrossEntropy
from torchvision.transforms import v2

SIDE, CLASSES = 32, 5
cutmix = v2.CutMix(num_classes=CLASSES)
rectangles = []
numbers = random.Random(1)
for _ in range(40):
    share, x, y = round(numbers.random(), 6), numbers.randrange(SIDE), numbers.randrange(SIDE)
    drawn = iter([torch.tensor([x]), torch.tensor([y])])
    with mock.patch.object(cutmix._dist, "sample", lambda size: torch.tensor(share, dtype=torch.float64)), \
            mock.patch("torch.randint", lambda *a, **k: next(drawn)):
        made = cutmix.make_params([torch.zeros(2, 3, SIDE, SIDE)])
    rectangles.append(
        {"share": share, "x": x, "y": y, "box": list(map(int, made["box"])), "kept": float(made["lam_adjusted"])})

labels, partners, kept, smoothing = [0, 1, 2, 4], [3, 2, 1, 0], 0.7, 0.1
logits = [[round(numbers.uniform(-6, 6), 3) for _ in range(CLASSES)] for _ in labels]
losses = []
for threshold in [None, 0.2]:
    hot = torch.nn.functional.one_hot(torch.tensor(labels), CLASSES).double()
    hot = hot * (1 - smoothing) + smoothing / CLASSES
    targets = kept * hot + (1 - kept) * hot[partners]
    x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    loss = BinaryCrossEntropy(smoothing=0, target_threshold=threshold, sum_classes=True)(x, targets)
    loss.backward()
    losses.append({"threshold": threshold, "loss": loss.item(), "gradient": x.grad.flatten().tolist()})
print(json.dumps({
    "side": SIDE, "rectangles": rectangles, "classCount": CLASSES, "labels": labels, "partners": partners, "kept": kept,
    "smoothing": smoothing, "logits": sum(logits, []), "losses": losses}, indent=0))
