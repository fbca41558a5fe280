module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x4xf32>, %a1: tensor<2x4xf32>) -> (tensor<f32>, tensor<2x4xf32>) {
    // sigmoidCrossEntropy
    %0 = stablehlo.abs %a0 : tensor<2x4xf32>
    %1 = stablehlo.negate %0 : tensor<2x4xf32>
    %2 = stablehlo.exponential %1 : tensor<2x4xf32>
    %3 = stablehlo.log_plus_one %2 : tensor<2x4xf32>
    %4 = stablehlo.constant dense<0.0> : tensor<2x4xf32>
    %5 = stablehlo.maximum %a0, %4 : tensor<2x4xf32>
    %6 = stablehlo.multiply %a0, %a1 : tensor<2x4xf32>
    %7 = stablehlo.subtract %5, %6 : tensor<2x4xf32>
    %8 = stablehlo.add %7, %3 : tensor<2x4xf32>
    %9 = stablehlo.constant dense<0.0> : tensor<f32>
    %10 = stablehlo.reduce(%8 init: %9) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<f32>
    %11 = stablehlo.constant dense<0.5> : tensor<f32>
    %12 = stablehlo.multiply %10, %11 : tensor<f32>
    // sigmoidCrossEntropyGradient
    %13 = stablehlo.logistic %a0 : tensor<2x4xf32>
    %14 = stablehlo.subtract %13, %a1 : tensor<2x4xf32>
    %15 = stablehlo.constant dense<0.5> : tensor<2x4xf32>
    %16 = stablehlo.multiply %14, %15 : tensor<2x4xf32>
    return %12, %16 : tensor<f32>, tensor<2x4xf32>
  }
}
