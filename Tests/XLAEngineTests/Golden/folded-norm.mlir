module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x3x5x5xf32>, %a1: tensor<4x3x1x1xf32>, %a2: tensor<4xf32>, %a3: tensor<4xf32>, %a4: tensor<4xf32>, %a5: tensor<4xf32>) -> (tensor<2x4x5x5xf32>) {
    // stack
    %0 = stablehlo.reshape %a2 : (tensor<4xf32>) -> tensor<1x4xf32>
    %1 = stablehlo.reshape %a3 : (tensor<4xf32>) -> tensor<1x4xf32>
    %2 = stablehlo.concatenate %0, %1, dim = 0 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
    // batchNorm(epsilon: 1e-05)
    %3 = stablehlo.slice %2 [1:2:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %4 = stablehlo.reshape %3 : (tensor<1x4xf32>) -> tensor<4xf32>
    %5 = stablehlo.constant dense<1.0e-05> : tensor<4xf32>
    %6 = stablehlo.add %4, %5 : tensor<4xf32>
    %7 = stablehlo.rsqrt %6 : tensor<4xf32>
    %8 = stablehlo.multiply %7, %a4 : tensor<4xf32>
    %9 = stablehlo.broadcast_in_dim %8, dims = [0] : (tensor<4xf32>) -> tensor<4x3x1x1xf32>
    %10 = stablehlo.multiply %a1, %9 : tensor<4x3x1x1xf32>
    %11 = stablehlo.transpose %a0, dims = [0, 2, 3, 1] : (tensor<2x3x5x5xf32>) -> tensor<2x5x5x3xf32>
    %12 = stablehlo.convolution(%11, %10) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x5x5x3xf32>, tensor<4x3x1x1xf32>) -> tensor<2x5x5x4xf32>
    %13 = stablehlo.slice %2 [0:1:1, 0:4:1] : (tensor<2x4xf32>) -> tensor<1x4xf32>
    %14 = stablehlo.reshape %13 : (tensor<1x4xf32>) -> tensor<4xf32>
    %15 = stablehlo.multiply %14, %8 : tensor<4xf32>
    %16 = stablehlo.subtract %a5, %15 : tensor<4xf32>
    %17 = stablehlo.broadcast_in_dim %16, dims = [3] : (tensor<4xf32>) -> tensor<2x5x5x4xf32>
    %18 = stablehlo.add %12, %17 : tensor<2x5x5x4xf32>
    %19 = stablehlo.transpose %18, dims = [0, 3, 1, 2] : (tensor<2x5x5x4xf32>) -> tensor<2x4x5x5xf32>
    return %19 : tensor<2x4x5x5xf32>
  }
}
