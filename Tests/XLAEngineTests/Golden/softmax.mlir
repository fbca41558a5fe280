module @tilescope attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%a0: tensor<2x4xf32>, %a1: tensor<2x4xf32>, %a2: tensor<2xf32>) -> (tensor<2x4xf32>, tensor<f32>, tensor<2x4xf32>, tensor<f32>) {
    // softmax
    %0 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %1 = stablehlo.reduce(%a0 init: %0) applies stablehlo.maximum across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %3 = stablehlo.subtract %a0, %2 : tensor<2x4xf32>
    %4 = stablehlo.exponential %3 : tensor<2x4xf32>
    %5 = stablehlo.constant dense<0.0> : tensor<f32>
    %6 = stablehlo.reduce(%4 init: %5) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %8 = stablehlo.divide %4, %7 : tensor<2x4xf32>
    // softmaxCrossEntropy
    %9 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %10 = stablehlo.reduce(%a0 init: %9) applies stablehlo.maximum across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %12 = stablehlo.subtract %a0, %11 : tensor<2x4xf32>
    %13 = stablehlo.exponential %12 : tensor<2x4xf32>
    %14 = stablehlo.constant dense<0.0> : tensor<f32>
    %15 = stablehlo.reduce(%13 init: %14) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %16 = stablehlo.log %15 : tensor<2xf32>
    %17 = stablehlo.broadcast_in_dim %16, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %18 = stablehlo.subtract %12, %17 : tensor<2x4xf32>
    %19 = stablehlo.multiply %18, %a1 : tensor<2x4xf32>
    %20 = stablehlo.constant dense<0.0> : tensor<f32>
    %21 = stablehlo.reduce(%19 init: %20) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<f32>
    %22 = stablehlo.constant dense<-0.5> : tensor<f32>
    %23 = stablehlo.multiply %21, %22 : tensor<f32>
    // softmaxCrossEntropyGradient
    %24 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %25 = stablehlo.reduce(%a0 init: %24) applies stablehlo.maximum across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %27 = stablehlo.subtract %a0, %26 : tensor<2x4xf32>
    %28 = stablehlo.exponential %27 : tensor<2x4xf32>
    %29 = stablehlo.constant dense<0.0> : tensor<f32>
    %30 = stablehlo.reduce(%28 init: %29) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %31 = stablehlo.broadcast_in_dim %30, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %32 = stablehlo.divide %28, %31 : tensor<2x4xf32>
    %33 = stablehlo.subtract %32, %a1 : tensor<2x4xf32>
    %34 = stablehlo.constant dense<0.5> : tensor<2x4xf32>
    %35 = stablehlo.multiply %33, %34 : tensor<2x4xf32>
    // correctCount(highest: 2)
    %36 = stablehlo.iota dim = 1 : tensor<2x4xi32>
    %37 = stablehlo.convert %a2 : (tensor<2xf32>) -> tensor<2xi32>
    %38 = stablehlo.broadcast_in_dim %37, dims = [0] : (tensor<2xi32>) -> tensor<2x4xi32>
    %39 = stablehlo.compare EQ, %36, %38, SIGNED : (tensor<2x4xi32>, tensor<2x4xi32>) -> tensor<2x4xi1>
    %40 = stablehlo.constant dense<0.0> : tensor<2x4xf32>
    %41 = stablehlo.select %39, %a0, %40 : tensor<2x4xi1>, tensor<2x4xf32>
    %42 = stablehlo.constant dense<0.0> : tensor<f32>
    %43 = stablehlo.reduce(%41 init: %42) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %44 = stablehlo.broadcast_in_dim %43, dims = [0] : (tensor<2xf32>) -> tensor<2x4xf32>
    %45 = stablehlo.compare GT, %a0, %44, FLOAT : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xi1>
    %46 = stablehlo.compare EQ, %a0, %44, FLOAT : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xi1>
    %47 = stablehlo.compare LT, %36, %38, SIGNED : (tensor<2x4xi32>, tensor<2x4xi32>) -> tensor<2x4xi1>
    %48 = stablehlo.and %46, %47 : tensor<2x4xi1>
    %49 = stablehlo.or %45, %48 : tensor<2x4xi1>
    %50 = stablehlo.convert %49 : (tensor<2x4xi1>) -> tensor<2x4xf32>
    %51 = stablehlo.constant dense<0.0> : tensor<f32>
    %52 = stablehlo.reduce(%50 init: %51) applies stablehlo.add across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>
    %53 = stablehlo.constant dense<2.0> : tensor<2xf32>
    %54 = stablehlo.compare LT, %52, %53, FLOAT : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
    %55 = stablehlo.convert %54 : (tensor<2xi1>) -> tensor<2xf32>
    %56 = stablehlo.constant dense<0.0> : tensor<f32>
    %57 = stablehlo.reduce(%55 init: %56) applies stablehlo.add across dimensions = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
    return %8, %23, %35, %57 : tensor<2x4xf32>, tensor<f32>, tensor<2x4xf32>, tensor<f32>
  }
}
