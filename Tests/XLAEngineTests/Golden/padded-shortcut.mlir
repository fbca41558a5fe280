module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x4x5x5xf32>) -> (tensor<2x6x3x3xf32>, tensor<2x4x5x5xf32>) {
    // paddedShortcut(stride: 2, channels: 6)
    %0 = stablehlo.transpose %a0, dims = [0, 2, 3, 1] : (tensor<2x4x5x5xf32>) -> tensor<2x5x5x4xf32>
    %1 = stablehlo.slice %0 [0:2:1, 0:5:2, 0:5:2, 0:4:1] : (tensor<2x5x5x4xf32>) -> tensor<2x3x3x4xf32>
    %2 = stablehlo.constant dense<0.0> : tensor<f32>
    %3 = stablehlo.pad %1, %2, low = [0, 0, 0, 1], high = [0, 0, 0, 1], interior = [0, 0, 0, 0] : (tensor<2x3x3x4xf32>, tensor<f32>) -> tensor<2x3x3x6xf32>
    // paddedShortcutGradient(stride: 2, channels: 4, height: 5, width: 5)
    %4 = stablehlo.slice %3 [0:2:1, 0:3:1, 0:3:1, 1:5:1] : (tensor<2x3x3x6xf32>) -> tensor<2x3x3x4xf32>
    %5 = stablehlo.constant dense<0.0> : tensor<f32>
    %6 = stablehlo.pad %4, %5, low = [0, 0, 0, 0], high = [0, 0, 0, 0], interior = [0, 1, 1, 0] : (tensor<2x3x3x4xf32>, tensor<f32>) -> tensor<2x5x5x4xf32>
    %7 = stablehlo.transpose %3, dims = [0, 3, 1, 2] : (tensor<2x3x3x6xf32>) -> tensor<2x6x3x3xf32>
    %8 = stablehlo.transpose %6, dims = [0, 3, 1, 2] : (tensor<2x5x5x4xf32>) -> tensor<2x4x5x5xf32>
    return %7, %8 : tensor<2x6x3x3xf32>, tensor<2x4x5x5xf32>
  }
}
