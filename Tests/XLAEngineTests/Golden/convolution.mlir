module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x3x5x5xf32>, %a1: tensor<4x3x3x3xf32>) -> (tensor<2x4x3x3xf32>, tensor<2x3x5x5xf32>, tensor<4x3x3x3xf32>) {
    // conv2d(stride: 2, padding: 1)
    %0 = stablehlo.transpose %a0, dims = [0, 2, 3, 1] : (tensor<2x3x5x5xf32>) -> tensor<2x5x5x3xf32>
    %1 = stablehlo.convolution(%0, %a1) dim_numbers = [b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x5x5x3xf32>, tensor<4x3x3x3xf32>) -> tensor<2x3x3x4xf32>
    // conv2dGradientInput(stride: 2, padding: 1, height: 5, width: 5)
    %2 = stablehlo.reverse %a1, dims = [2, 3] : tensor<4x3x3x3xf32>
    %3 = stablehlo.convolution(%1, %2) dim_numbers = [b, 0, 1, f]x[i, o, 0, 1]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [2, 2], rhs_dilate = [1, 1]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x3x3x4xf32>, tensor<4x3x3x3xf32>) -> tensor<2x5x5x3xf32>
    // conv2dGradientWeights(stride: 2, padding: 1, size: 3)
    %4 = stablehlo.convolution(%0, %1) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[f, b, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [2, 2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x5x5x3xf32>, tensor<2x3x3x4xf32>) -> tensor<4x3x3x3xf32>
    %5 = stablehlo.transpose %1, dims = [0, 3, 1, 2] : (tensor<2x3x3x4xf32>) -> tensor<2x4x3x3xf32>
    %6 = stablehlo.transpose %3, dims = [0, 3, 1, 2] : (tensor<2x5x5x3xf32>) -> tensor<2x3x5x5xf32>
    return %5, %6, %4 : tensor<2x4x3x3xf32>, tensor<2x3x5x5xf32>, tensor<4x3x3x3xf32>
  }
}
