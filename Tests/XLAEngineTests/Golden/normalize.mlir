module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x3x3x3xf32>) -> (tensor<2x3x3x3xf32>) {
    // normalize(Networks.Preprocessing(mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.120003, 57.375]))
    %0 = stablehlo.constant dense<123.675> : tensor<1xf32>
    %1 = stablehlo.constant dense<116.28> : tensor<1xf32>
    %2 = stablehlo.constant dense<103.53> : tensor<1xf32>
    %3 = stablehlo.concatenate %0, %1, %2, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [3] : (tensor<3xf32>) -> tensor<2x3x3x3xf32>
    %5 = stablehlo.subtract %a0, %4 : tensor<2x3x3x3xf32>
    %6 = stablehlo.constant dense<58.395> : tensor<1xf32>
    %7 = stablehlo.constant dense<57.120003> : tensor<1xf32>
    %8 = stablehlo.constant dense<57.375> : tensor<1xf32>
    %9 = stablehlo.concatenate %6, %7, %8, dim = 0 : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3xf32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [3] : (tensor<3xf32>) -> tensor<2x3x3x3xf32>
    %11 = stablehlo.divide %5, %10 : tensor<2x3x3x3xf32>
    %12 = stablehlo.transpose %11, dims = [0, 3, 1, 2] : (tensor<2x3x3x3xf32>) -> tensor<2x3x3x3xf32>
    return %12 : tensor<2x3x3x3xf32>
  }
}
