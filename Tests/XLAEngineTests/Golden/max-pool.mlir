module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x3x5x5xf32>) -> (tensor<2x3x3x3xf32>, tensor<2x3x5x5xf32>) {
    // maxPool(size: 3, stride: 2, padding: 1)
    %0 = stablehlo.transpose %a0, dims = [0, 2, 3, 1] : (tensor<2x3x5x5xf32>) -> tensor<2x5x5x3xf32>
    %1 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %2 = "stablehlo.reduce_window"(%0, %1) <{window_dimensions = array<i64: 1, 3, 3, 1>, window_strides = array<i64: 1, 2, 2, 1>, padding = dense<[[0, 0], [1, 1], [1, 1], [0, 0]]> : tensor<4x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.maximum %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<2x5x5x3xf32>, tensor<f32>) -> tensor<2x3x3x3xf32>
    // maxPoolGradient(size: 3, stride: 2, padding: 1)
    %3 = stablehlo.constant dense<0.0> : tensor<f32>
    %4 = "stablehlo.select_and_scatter"(%0, %2, %3) <{window_dimensions = array<i64: 1, 3, 3, 1>, window_strides = array<i64: 1, 2, 2, 1>, padding = dense<[[0, 0], [1, 1], [1, 1], [0, 0]]> : tensor<4x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.compare GE, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1> stablehlo.return %c : tensor<i1> }, { ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<2x5x5x3xf32>, tensor<2x3x3x3xf32>, tensor<f32>) -> tensor<2x5x5x3xf32>
    %5 = stablehlo.transpose %2, dims = [0, 3, 1, 2] : (tensor<2x3x3x3xf32>) -> tensor<2x3x3x3xf32>
    %6 = stablehlo.transpose %4, dims = [0, 3, 1, 2] : (tensor<2x5x5x3xf32>) -> tensor<2x3x5x5xf32>
    return %5, %6 : tensor<2x3x3x3xf32>, tensor<2x3x5x5xf32>
  }
}
