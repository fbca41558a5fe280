module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x3x4x4xf32>) -> (tensor<2x3x4x4xf32>, tensor<2x3x4x4xf32>) {
    // relu
    %0 = stablehlo.transpose %a0, dims = [0, 2, 3, 1] : (tensor<2x3x4x4xf32>) -> tensor<2x4x4x3xf32>
    %1 = stablehlo.constant dense<0.0> : tensor<2x4x4x3xf32>
    %2 = stablehlo.maximum %0, %1 : tensor<2x4x4x3xf32>
    // add
    %3 = stablehlo.add %0, %2 : tensor<2x4x4x3xf32>
    // reluGradient
    %4 = stablehlo.constant dense<0.0> : tensor<2x4x4x3xf32>
    %5 = stablehlo.compare GT, %2, %4, FLOAT : (tensor<2x4x4x3xf32>, tensor<2x4x4x3xf32>) -> tensor<2x4x4x3xi1>
    %6 = stablehlo.select %5, %0, %4 : tensor<2x4x4x3xi1>, tensor<2x4x4x3xf32>
    %7 = stablehlo.transpose %3, dims = [0, 3, 1, 2] : (tensor<2x4x4x3xf32>) -> tensor<2x3x4x4xf32>
    %8 = stablehlo.transpose %6, dims = [0, 3, 1, 2] : (tensor<2x4x4x3xf32>) -> tensor<2x3x4x4xf32>
    return %7, %8 : tensor<2x3x4x4xf32>, tensor<2x3x4x4xf32>
  }
}
