module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x4x5x7xf32>) -> (tensor<12x4xf32>, tensor<2x4x5x7xf32>) {
    // windowMeans(size: 3, stride: 2)
    %0 = stablehlo.transpose %a0, dims = [0, 2, 3, 1] : (tensor<2x4x5x7xf32>) -> tensor<2x5x7x4xf32>
    %1 = stablehlo.constant dense<0.0> : tensor<f32>
    %2 = "stablehlo.reduce_window"(%0, %1) <{window_dimensions = array<i64: 1, 3, 3, 1>, window_strides = array<i64: 1, 2, 2, 1>, padding = dense<[[0, 0], [0, 0], [0, 0], [0, 0]]> : tensor<4x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<2x5x7x4xf32>, tensor<f32>) -> tensor<2x2x3x4xf32>
    %3 = stablehlo.constant dense<0.11111111> : tensor<2x2x3x4xf32>
    %4 = stablehlo.multiply %2, %3 : tensor<2x2x3x4xf32>
    %5 = stablehlo.reshape %4 : (tensor<2x2x3x4xf32>) -> tensor<12x4xf32>
    // windowMeansGradient(size: 3, stride: 2, height: 5, width: 7)
    %6 = stablehlo.reshape %5 : (tensor<12x4xf32>) -> tensor<2x2x3x4xf32>
    %7 = stablehlo.constant dense<0.11111111> : tensor<2x2x3x4xf32>
    %8 = stablehlo.multiply %6, %7 : tensor<2x2x3x4xf32>
    %9 = stablehlo.constant dense<0.0> : tensor<f32>
    %10 = stablehlo.pad %8, %9, low = [0, 2, 2, 0], high = [0, 2, 2, 0], interior = [0, 1, 1, 0] : (tensor<2x2x3x4xf32>, tensor<f32>) -> tensor<2x7x9x4xf32>
    %11 = stablehlo.constant dense<0.0> : tensor<f32>
    %12 = "stablehlo.reduce_window"(%10, %11) <{window_dimensions = array<i64: 1, 3, 3, 1>, window_strides = array<i64: 1, 1, 1, 1>, padding = dense<[[0, 0], [0, 0], [0, 0], [0, 0]]> : tensor<4x2xi64>}> ({ ^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32> }) : (tensor<2x7x9x4xf32>, tensor<f32>) -> tensor<2x5x7x4xf32>
    %13 = stablehlo.transpose %12, dims = [0, 3, 1, 2] : (tensor<2x5x7x4xf32>) -> tensor<2x4x5x7xf32>
    return %5, %13 : tensor<12x4xf32>, tensor<2x4x5x7xf32>
  }
}
