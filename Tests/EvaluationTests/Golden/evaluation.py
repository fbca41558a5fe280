"""Makes evaluation.json: scores of random samples, and what scikit-learn and cleanlab say of them.

Calibration and the bootstrap's interval are computed with numpy from their definitions.
Made with Python 3.11, numpy 2.4.6, scikit-learn 1.9.1, cleanlab 2.9.0: python3 evaluation.py > evaluation.json
"""
import json

import cleanlab
import numpy as np
from sklearn.metrics import log_loss, precision_recall_fscore_support, top_k_accuracy_score

rng = np.random.default_rng(11)
classes, count = 7, 300
truths = rng.integers(0, classes, count)
logits = rng.normal(0, 1, (count, classes))
logits[np.arange(count), truths] += 1.6
# Some labels are wrong, on purpose.
labels = np.where(rng.random(count) < 0.1, rng.integers(0, classes, count), truths)
scores = np.exp(logits)
scores = (scores / scores.sum(1, keepdims=True)).astype(np.float32)

predicted = scores.argmax(1)
precision, recall, f1, support = precision_recall_fscore_support(labels, predicted, labels=range(classes), zero_division=0)
highest = scores.max(1).astype(np.float64)
bins = np.clip(np.ceil(highest * 15).astype(int) - 1, 0, 14)
right = predicted == labels
ece = sum((bins == b).sum() / count * abs(highest[bins == b].mean() - right[bins == b].mean()) for b in range(15) if (bins == b).any())
boot = rng.integers(0, count, (20000, count))
low, high = np.percentile(right[boot].mean(1), [2.5, 97.5])
issues = cleanlab.filter.find_label_issues(
    labels, scores, filter_by="confident_learning", return_indices_ranked_by="normalized_margin", min_examples_per_class=0)

json.dump({
    "labels": labels.tolist(),
    "scores": [[float(v) for v in row] for row in scores],
    "topK": {str(k): float(top_k_accuracy_score(labels, scores, k=k, labels=range(classes))) for k in (1, 2, 3, 5)},
    "loss": float(log_loss(labels, scores.astype(np.float64), labels=range(classes))),
    "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
    "calibrationError": float(ece),
    "topOneInterval": [float(low), float(high)],
    "labelErrors": issues.tolist(),
}, __import__("sys").stdout)
print()
