public import ArgumentParser

/// The command line.
public struct Tilescope: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "tilescope",
        abstract: "Train residual networks on labelled images and find what they know in images of any size.",
        version: "0.1.0",
        subcommands: [
            Import.self,
            PackImages.self,
            Sample.self,
            Scatter.self,
            Cut.self,
            MakeMosaic.self,
            Train.self,
            Calibrate.self,
            Runs.self,
            Evaluate.self,
            Predict.self,
            Export.self,
            Scan.self,
            Merge.self,
            Mine.self,
            Learn.self,
            LabelsCommand.self,
            CountCommand.self,
            EvaluateScan.self,
            ClusterCommand.self,
            WorkerCommand.self,
            Serve.self,
            Report.self,
            Demo.self,
            Bench.self,
            Doctor.self,
        ]
    )

    public init() {}
}
