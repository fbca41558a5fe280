module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x3xf32>, %a1: tensor<4x3xf32>, %a2: tensor<4xf32>) -> (tensor<2x4xf32>, tensor<2x3xf32>, tensor<4x3xf32>, tensor<4xf32>) {
    // dense
    %0 = stablehlo.dot_general %a0, %a1, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x3xf32>, tensor<4x3xf32>) -> tensor<2x4xf32>
    %1 = stablehlo.broadcast_in_dim %a2, dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
    %2 = stablehlo.add %0, %1 : tensor<2x4xf32>
    // denseGradientInput
    %3 = stablehlo.dot_general %2, %a1, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
    // denseGradientWeights
    %4 = stablehlo.dot_general %2, %a0, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x4xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
    // denseGradientBias
    %5 = stablehlo.constant dense<0.0> : tensor<f32>
    %6 = stablehlo.reduce(%2 init: %5) applies stablehlo.add across dimensions = [0] : (tensor<2x4xf32>, tensor<f32>) -> tensor<4xf32>
    return %2, %3, %4, %6 : tensor<2x4xf32>, tensor<2x3xf32>, tensor<4x3xf32>, tensor<4xf32>
  }
}
