import ArgumentParser

/// How a scan scores windows.
enum ScanMode: String, EnumerableFlag {
    case dense, exact

    static func help(for mode: ScanMode) -> ArgumentHelp? {
        switch mode {
        case .dense:
            """
            Run the network once over whole blocks of the scene instead of over each window: several times faster where windows \
            overlap. A window then sees the pixels around it, so scores differ from the exact ones. The stride must be a \
            multiple of the network's total one: 4 for most CIFAR networks, 32 for ImageNet's.
            """
        case .exact:
            """
            Score each window by itself. Default: as the model's contract says; models that learnt from crops (train \
            --crop-windows) scan densely, others exactly.
            """
        }
    }
}
