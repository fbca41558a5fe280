"""Makes detection_metrics.json: detections, truths and what a plain numpy program says of them.

The protocol is greedy matching by score with all-point interpolation, truths below a visible fraction ignored.
Made with Python 3.11, numpy 2.4.6: python3 detection_metrics.py > detection_metrics.json
"""
import json

import numpy as np

rng = np.random.default_rng(7)


def box(center, jitter):
    x, y = (center + rng.integers(-jitter, jitter + 1, 2)).tolist()
    w, h = rng.integers(24, 41, 2).tolist()
    return [x, y, x + w, y + h]


centers = rng.integers(0, 400, (60, 2))
truths = sorted(([*box(c, 0), float(np.round(rng.random(), 3))] for c in centers), key=lambda t: (t[1], t[0]))
scores = rng.permutation(np.arange(1, 121)) / 128
detections = [[*box(centers[rng.integers(60)], 12), float(s)] for s in scores]


def iou(a, b):
    w = np.clip(np.minimum(a[2], b[:, 2]) - np.maximum(a[0], b[:, 0]), 0, None)
    h = np.clip(np.minimum(a[3], b[:, 3]) - np.maximum(a[1], b[:, 1]), 0, None)
    areas = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + areas - w * h)


def measure(minimum, threshold, score_threshold):
    t = np.array(truths)
    kept = t[:, 4] >= minimum - 1e-6
    wanted, ignored = t[kept], t[~kept]
    used = np.zeros(len(wanted), bool)
    right, sure = [], [0, 0]
    for d in sorted(detections, key=lambda d: -d[4]):
        overlap = np.where(used, 0, iou(d, wanted)) if len(wanted) else np.zeros(1)
        best = overlap.argmax()
        if overlap[best] >= threshold:
            used[best] = True
            right.append(1)
        elif len(ignored) and iou(d, ignored).max() >= threshold:
            continue
        else:
            right.append(0)
        sure[right[-1]] += d[4] >= score_threshold
    right = np.array(right)
    recall = np.cumsum(right) / max(1, len(wanted))
    precision = np.cumsum(right) / (np.arange(len(right)) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return {
        "minimumVisibleFraction": minimum,
        "iouThreshold": threshold,
        "truthCount": len(wanted),
        "averagePrecision": float(np.sum(np.diff(np.concatenate([[0], recall])) * precision)),
        "bestRecall": float(recall[-1]),
        "rightCount": int(sure[1]),
        "wrongCount": int(sure[0]),
    }


results = [measure(m, i, 0.5) for m in (0, 0.3, 0.6) for i in (0.3, 0.5)]
print(json.dumps({"truths": truths, "detections": detections, "scoreThreshold": 0.5, "results": results}))
