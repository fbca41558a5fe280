"""The families of residual networks in plain torch, with the keys that Tilescope's weights have.

They stand here to be held against, so they share nothing with the Swift code: each is written from its source,
named at its class. `network("cifar-resnet20-v1a", class_count)` makes one.
"""

import re

import torch
import torch.nn.functional as F
from torch import nn

IMAGENET_UNITS = {
    18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3],
    200: [3, 24, 36, 3], 269: [3, 30, 48, 8],
}


def convolution(inputs, outputs, size, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)


class UnitV1(nn.Module):
    """Post-activation, two 3x3 convolutions (He et al. 2015)."""

    def __init__(self, inputs, width, stride, option):
        super().__init__()
        self.conv1, self.bn1 = convolution(inputs, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = convolution(width, width, 3), nn.BatchNorm2d(width)
        self.stride, self.extra = stride, width - inputs
        changes = stride != 1 or inputs != width
        self.downsample = None
        if changes and option == "b":
            self.downsample = nn.Sequential(convolution(inputs, width, 1, stride), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.downsample is not None:
            x = self.downsample(x)
        elif self.extra:
            # Option A: every second pixel, and zero channels on both sides (akamaster/pytorch_resnet_cifar10).
            half = self.extra // 2
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, half))
        return F.relu(x + y)


class UnitV2(nn.Module):
    """Pre-activation, two 3x3 convolutions (He et al. 2016)."""

    def __init__(self, inputs, outputs, stride, projects, epsilon):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs, epsilon), convolution(inputs, outputs, 3, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs, epsilon), convolution(outputs, outputs, 3)
        self.downsample = nn.Sequential(convolution(inputs, outputs, 1, stride)) if projects else None

    def forward(self, x):
        activated = F.relu(self.bn1(x))
        shortcut = x if self.downsample is None else self.downsample(activated)
        return shortcut + self.conv2(F.relu(self.bn2(self.conv1(activated))))


class BottleneckV2(nn.Module):
    """Pre-activation, 1x1, 3x3 with the stride, 1x1 (MXNet's example/image-classification/symbols/resnet.py)."""

    def __init__(self, inputs, outputs, stride, projects, epsilon):
        super().__init__()
        width = outputs // 4
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs, epsilon), convolution(inputs, width, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(width, epsilon), convolution(width, width, 3, stride)
        self.bn3, self.conv3 = nn.BatchNorm2d(width, epsilon), convolution(width, outputs, 1)
        self.downsample = nn.Sequential(convolution(inputs, outputs, 1, stride)) if projects else None

    def forward(self, x):
        activated = F.relu(self.bn1(x))
        shortcut = x if self.downsample is None else self.downsample(activated)
        y = self.conv2(F.relu(self.bn2(self.conv1(activated))))
        return shortcut + self.conv3(F.relu(self.bn3(y)))


class InputNorm(nn.Module):
    """Batch norm whose scale is fixed to 1: it has a bias, but no weight (MXNet's `fix_gamma`)."""

    def __init__(self, channels, epsilon):
        super().__init__()
        self.epsilon = epsilon
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        one = torch.ones_like(self.bias)
        return F.batch_norm(
            x, self.running_mean, self.running_var, one, self.bias, self.training, 0.1, self.epsilon)


class Cifar(nn.Module):
    """Depth 6n+2, widths 16, 32, 64 (He et al. 2015, section 4.2). `version`: "v1a", "v1b" or "v2"; or
    "v2-bottleneck", depth 9n+2, with four times as many channels (He et al. 2016). With `widening`, "v2" is a wide network
    (Zagoruyko and Komodakis 2016)."""

    def __init__(self, version, depth, class_count, widening=1):
        super().__init__()
        unit_depth = 9 if version == "v2-bottleneck" else 6
        assert (depth - 2) % unit_depth == 0
        self.conv1 = convolution(3, 16, 3)
        if not version.startswith("v2"):
            self.bn1 = nn.BatchNorm2d(16)
        inputs = 16
        for stage, width in enumerate([16 * widening, 32 * widening, 64 * widening], start=1):
            units = []
            for index in range((depth - 2) // unit_depth):
                stride = 2 if stage > 1 and index == 0 else 1
                if version == "v2-bottleneck":
                    width = 16 * 4 * 2 ** (stage - 1)
                    units.append(BottleneckV2(inputs, width, stride, inputs != width, 1e-5))
                elif version == "v2":
                    units.append(UnitV2(inputs, width, stride, inputs != width, 1e-5))
                else:
                    units.append(UnitV1(inputs, width, stride, version[-1]))
                inputs = width
            self.add_module(f"layer{stage}", nn.Sequential(*units))
        if version.startswith("v2"):
            self.bn = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, class_count)
        self.version = version

    def forward(self, x):
        x = self.conv1(x)
        if not self.version.startswith("v2"):
            x = F.relu(self.bn1(x))
        x = self.layer3(self.layer2(self.layer1(x)))
        if self.version.startswith("v2"):
            x = F.relu(self.bn(x))
        return self.fc(x.mean((2, 3)))


class PooledStage(nn.Module):
    def __init__(self, inputs, width, count):
        super().__init__()
        self.conv, self.bn = convolution(inputs, width, 3), nn.BatchNorm2d(width)
        unit = nn.Module()
        for index in range(1, count + 1):
            unit.add_module(f"conv{index}", convolution(width, width, 3))
            unit.add_module(f"bn{index}", nn.BatchNorm2d(width))
        self.add_module("0", unit)
        self.count = count

    def forward(self, x):
        x = F.relu(self.bn(F.max_pool2d(self.conv(x), 2)))
        y, unit = x, getattr(self, "0")
        for index in range(1, self.count + 1):
            y = F.relu(getattr(unit, f"bn{index}")(getattr(unit, f"conv{index}")(y)))
        return y + x


class CifarPooled(nn.Module):
    """Depth 3n+5: stages of a convolution, a max pool and one residual unit (after Page's ResNet-9)."""

    def __init__(self, depth, class_count):
        super().__init__()
        self.conv1, self.bn1 = convolution(3, 32, 3), nn.BatchNorm2d(32)
        inputs = 32
        for stage, width in enumerate([64, 192, 256], start=1):
            self.add_module(f"layer{stage}", PooledStage(inputs, width, (depth - 5) // 3))
            inputs = width
        self.fc = nn.Linear(inputs, class_count)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


class ImageNetV2(nn.Module):
    """MXNet's ResNet v2 for ImageNet: input norm, a projection in the first unit of every stage, eps 2e-5."""

    EPSILON = 2e-5

    def __init__(self, depth, class_count):
        super().__init__()
        self.bn_data = InputNorm(3, self.EPSILON)
        self.conv1, self.bn1 = convolution(3, 64, 7, 2), nn.BatchNorm2d(64, self.EPSILON)
        unit, widths = (UnitV2, [64, 128, 256, 512]) if depth < 50 else (BottleneckV2, [256, 512, 1024, 2048])
        inputs = 64
        for stage, (width, count) in enumerate(zip(widths, IMAGENET_UNITS[depth]), start=1):
            units = []
            for index in range(count):
                stride = 2 if stage > 1 and index == 0 else 1
                units.append(unit(inputs, width, stride, index == 0, self.EPSILON))
                inputs = width
            self.add_module(f"layer{stage}", nn.Sequential(*units))
        self.bn = nn.BatchNorm2d(inputs, self.EPSILON)
        self.fc = nn.Linear(inputs, class_count)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(self.bn_data(x)))), 3, 2, padding=1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.relu(self.bn(x)).mean((2, 3)))


def network(name, class_count):
    """The network that Tilescope calls `name`: `cifar-resnet20-v1a`, `resnet50-v2`, `resnet50-v1.5`, `wrn-50-2`."""
    wide = re.fullmatch(r"(cifar-)?wrn-(\d+)-(\d+)", name)
    if wide and wide[1]:
        # They count two of the shortcuts.
        return Cifar("v2", int(wide[2]) - 2, class_count, int(wide[3]))
    if wide:
        import torchvision

        return getattr(torchvision.models, f"wide_resnet{wide[2]}_{wide[3]}")(num_classes=class_count)
    cifar, depth, version = re.fullmatch(r"(cifar-)?resnet(\d+)-(v\d.*|pooled)", name).groups()
    if version == "pooled":
        return CifarPooled(int(depth), class_count)
    if cifar:
        return Cifar(version, int(depth), class_count)
    if version == "v2":
        return ImageNetV2(int(depth), class_count)
    import torchvision

    return getattr(torchvision.models, f"resnet{depth}")(num_classes=class_count)


def parameter_count(model):
    return sum(parameter.numel() for parameter in model.parameters())
