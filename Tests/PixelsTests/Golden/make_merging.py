"""Makes merging.json: what torchvision, SAHI and ensemble-boxes make of boxes that overlap.

Made with Python 3.11, torch 2.15.0, torchvision 0.29.2 (installed with --no-deps, because it asks for an older torch), sahi 0.12.8
(--no-deps, with shapely 2.2.0, tqdm, pyyaml, click, requests and opencv-python-headless), ensemble-boxes 1.0.9 (--no-deps, with numba
0.68.1 and pandas), numpy 2.4.6: python3 make_merging.py > merging.json

Scores are distinct, because each of the programs orders equal ones in its own way, and no two boxes overlap by exactly the
threshold, because SAHI takes them for one object and the others do not.
"""
import json
import logging

import numpy as np
import torch
from ensemble_boxes import weighted_boxes_fusion
from sahi.postprocess.backends import set_postprocess_backend
from sahi.postprocess.combine import GreedyNMMPostprocess
from sahi.prediction import ObjectPrediction
from torchvision.ops import box_iou, nms

logging.disable(logging.WARNING)
# A power of two, so that places between 0 and 1 lose no bits.
SIDE = 256
# Seed, boxes, objects, sides from and up to, IoU, across classes.
CASES = [
    (1, 60, 9, 32, 32, 0.3, False), (2, 60, 9, 32, 32, 0.1, True), (3, 60, 6, 26, 40, 0.5, False),
    (4, 60, 5, 8, 60, 0.3, True), (5, 40, 2, 30, 40, 0.55, False), (6, 40, 40, 6, 20, 0.0, False),
]


def boxes_of(rng, count, objects, smallest, largest):
    centers = rng.integers(30, SIDE - 30, (objects, 2))
    sides = rng.integers(smallest, largest + 1, (count, 2))
    corners = centers[np.arange(count) % objects] + rng.integers(-12, 13, (count, 2)) - sides // 2
    corners = np.clip(corners, 0, SIDE - sides)
    return np.concatenate([corners, corners + sides], 1)


def torch_nms(boxes, labels, scores, iou, across):
    # Each label moves to a place of its own, as batched_nms does it.
    offset = 0 if across else labels[:, None] * 1000
    return nms(torch.tensor(boxes + offset).float(), torch.tensor(scores).float(), iou).tolist()


def sahi_nmm(boxes, labels, scores, iou, across):
    predictions = [
        ObjectPrediction(bbox=box, category_id=label, category_name=str(label), score=score)
        for box, label, score in zip(boxes.tolist(), labels.tolist(), scores.tolist())
    ]
    merged = GreedyNMMPostprocess(match_threshold=iou, match_metric="IOU", class_agnostic=across)(predictions)
    rows = [[*map(int, p.bbox.to_xyxy()), p.category.id, p.score.value] for p in merged]
    return sorted(rows, key=lambda row: -row[5])


def ensemble_wbf(boxes, labels, scores, iou, across):
    given = np.zeros_like(labels) if across else labels
    fused, fused_scores, fused_labels = weighted_boxes_fusion(
        [(boxes / SIDE).tolist()], [scores.tolist()], [given.tolist()], weights=None, iou_thr=iou, skip_box_thr=0.0,
        conf_type="avg", allows_overflow=False)
    assert len(set(fused_scores.tolist())) == len(fused_scores)
    return [
        [*(round(float(value) * SIDE, 6) for value in box), int(label), round(float(score), 8)]
        for box, label, score in zip(fused, fused_labels, fused_scores)
    ]


set_postprocess_backend("numpy")
cases = []
for seed, count, objects, smallest, largest, iou, across in CASES:
    rng = np.random.default_rng(seed)
    boxes = boxes_of(rng, count, objects, smallest, largest)
    labels = rng.integers(0, 2, count)
    scores = rng.choice(np.arange(200, 4096), count, replace=False) / 4096
    overlaps = box_iou(torch.tensor(boxes).double(), torch.tensor(boxes).double()).numpy()
    assert iou == 0 or np.abs(overlaps - iou).min() > 1e-6
    arguments = (boxes, labels, scores, iou, across)
    case = {
        "iou": iou, "acrossClasses": across,
        "boxes": [[*map(int, box), int(label), float(score)] for box, label, score in zip(boxes, labels, scores)],
        "nms": torch_nms(*arguments), "wbf": ensemble_wbf(*arguments),
    }
    # With a threshold of 0, SAHI merges boxes that do not touch.
    if iou > 0:
        case["nmm"] = sahi_nmm(*arguments)
    cases.append(case)
print(json.dumps(cases, separators=(",", ":")).replace("{", "\n{"))
