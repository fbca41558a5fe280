module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x3x4x4xf32>) -> (tensor<2x3xf32>, tensor<2x3x4x4xf32>) {
    // globalMean
    %0 = stablehlo.transpose %a0, dims = [0, 2, 3, 1] : (tensor<2x3x4x4xf32>) -> tensor<2x4x4x3xf32>
    %1 = stablehlo.constant dense<0.0> : tensor<f32>
    %2 = stablehlo.reduce(%0 init: %1) applies stablehlo.add across dimensions = [1, 2] : (tensor<2x4x4x3xf32>, tensor<f32>) -> tensor<2x3xf32>
    %3 = stablehlo.constant dense<0.0625> : tensor<2x3xf32>
    %4 = stablehlo.multiply %2, %3 : tensor<2x3xf32>
    // globalMeanGradient(height: 4, width: 4)
    %5 = stablehlo.constant dense<0.0625> : tensor<2x3xf32>
    %6 = stablehlo.multiply %4, %5 : tensor<2x3xf32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [0, 3] : (tensor<2x3xf32>) -> tensor<2x4x4x3xf32>
    %8 = stablehlo.transpose %7, dims = [0, 3, 1, 2] : (tensor<2x4x4x3xf32>) -> tensor<2x3x4x4xf32>
    return %4, %8 : tensor<2x3xf32>, tensor<2x3x4x4xf32>
  }
}
