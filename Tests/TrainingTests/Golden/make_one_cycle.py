"""Writes one_cycle.json: what OneCycleLR multiplies the largest learning rate by at each step of a run.

Made with torch 2.15.0; run by hand, in this folder.
"""
import json

import torch

CASES = [
    # steps, rising fraction, start factor, end factor, curve
    (20, 0.3, 0.04, 0.04e-4, "cosine"),
    (17, 0.25, 0.1, 0.001, "linear"),
    (10, 0.5, 0.5, 0.05, "cosine"),
]

rows = []
for step_count, rising, start, end, curve in CASES:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=step_count, pct_start=rising, div_factor=1 / start,
        final_div_factor=start / end, anneal_strategy="cos" if curve == "cosine" else "linear")
    multipliers = []
    for step in range(step_count):
        multipliers.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < step_count:
            schedule.step()
    rows.append({
        "risingFraction": rising, "startFactor": start, "endFactor": end, "curve": curve,
        "multipliers": multipliers})

with open("one_cycle.json", "w") as file:
    json.dump(rows, file, indent=1)
    file.write("\n")
