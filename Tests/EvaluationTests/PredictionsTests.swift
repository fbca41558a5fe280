import Files
import Foundation
import TestSupport
import Testing

import Evaluation

@Test func keepsTheBestLabelsInOrder() {
    let predictions = Predictions.make([(2, [0.1, 0.4, 0.3, 0.2])], keptCount: 3)
    #expect(Array(predictions.keptLabels(of: 0)) == [1, 2, 3])
    #expect(Array(predictions.keptScores(of: 0)) == [0.4, 0.3, 0.2])
    #expect(predictions.truthPlaces == [1])
    #expect(predictions.truthScores == [0.3])
    #expect(predictions.errorCount == 1)
}

@Test func ofEqualScoresTheLowerLabelComesFirst() {
    let predictions = Predictions.make([(2, [0.2, 0.4, 0.4]), (1, [0.2, 0.4, 0.4])])
    #expect(Array(predictions.keptLabels(of: 0)) == [1, 2, 0])
    #expect(predictions.truthPlaces == [1, 0])
}

@Test func aScoreThatIsNoNumberComesLast() {
    let predictions = Predictions.make([(0, [.nan, 0.5, 0]), (1, [.nan, .nan, .nan])])
    #expect(Array(predictions.keptLabels(of: 0)) == [1, 2, 0])
    #expect(Array(predictions.keptScores(of: 0)) == [0.5, 0, 0])
    #expect(predictions.truthPlaces == [2, 2])
    #expect(Array(predictions.keptLabels(of: 1)) == [0, 2, 1])
}

@Test(arguments: [.nan, .infinity, -.infinity, -1] as [Float], 0..<3)
func nothingIsRightWithoutAScore(value: Float, truth: Int) {
    let predictions = Predictions.make([(truth, [value, value, value])], keptCount: 2)
    #expect(predictions.label(of: 0) != truth && predictions.truthPlaces == [2])
    #expect(predictions.scores == [0, 0] && predictions.truthScores == [0])
    let numbers = EvaluationNumbers(predictions, resampleCount: 0)
    #expect(numbers.errorCount == 1)
    #expect(numbers.classes.map(\.rightCount) == [0, 0, 0])
    #expect(ConfusionMatrix(predictions).confusions.count == 1)
}

@Test func aScoreIsBeforeWhatIsNone() {
    let predictions = Predictions.make([(1, [.infinity, 0, .nan])])
    #expect(Array(predictions.keptLabels(of: 0)) == [1, 0, 2])
    #expect(predictions.truthPlaces == [0])
}

@Test(arguments: UInt64(0)..<20) func keepsWhatSortingWouldKeep(seed: UInt64) {
    let classCount = 3 + Int(seed)
    let all = Predictions.random(count: 30, classCount: classCount, keptCount: classCount, seed: seed)
    let some = Predictions.random(count: 30, classCount: classCount, keptCount: 4, seed: seed)
    for index in 0..<30 {
        let scores = Array(all.keptScores(of: index))
        #expect(scores == scores.sorted(by: >))
        #expect(Set(all.keptLabels(of: index)).count == classCount)
        #expect(Array(all.keptLabels(of: index).prefix(4)) == Array(some.keptLabels(of: index).prefix(4)))
        let place = all.keptLabels(of: index).firstIndex(of: Int32(all.truth(of: index)))
        #expect(place.map { $0 - index * classCount } == Int(all.truthPlaces[index]))
    }
}

@Test func countsAnyTopK() {
    let predictions = Predictions.make(
        [(0, [0.4, 0.3, 0.2, 0.1]), (1, [0.4, 0.3, 0.2, 0.1]), (3, [0.4, 0.3, 0.2, 0.1])], keptCount: 1)
    let fractions: [Double?] = [1.0 / 3, 2.0 / 3, 2.0 / 3, 1]
    #expect((1...4).map(predictions.topFraction) == fractions)
    #expect(Predictions(classNames: ["a"], keptCount: 1).topFraction(1) == nil)
}

@Test func writesEveryPredictionAsCSV() throws {
    var predictions = Predictions(classNames: ["tabby, tabby cat", "a \"b\"", "c"], keptCount: 2)
    predictions.append(sample: 3, truth: 0, scores: [0.25, 0.625, 0.125])
    predictions.append(sample: 7, truth: 2, scores: [0, 0, 1])
    try withTemporaryFolder { folder in
        try predictions.write(to: .replacing(folder + "/p.csv"))
        let text = try String(contentsOfFile: folder + "/p.csv", encoding: .utf8)
        #expect(
            text.split(separator: "\r\n") == [
                "id,truth,place,truth_score,class_1,score_1,class_2,score_2",
                #"3,"tabby, tabby cat",2,0.25,"a ""b""",0.625,"tabby, tabby cat",0.25"#,
                #"7,c,1,1.0,c,1.0,"tabby, tabby cat",0.0"#,
            ])
    }
}

@Test func writesEveryPredictionAsJSONLines() throws {
    struct Row: Decodable, Equatable {
        struct Top: Decodable, Equatable {
            var `class`: String
            var score: Float
        }
        var id: Int
        var truth: String
        var place: Int
        var truthScore: Float
        var top: [Top]
    }
    let predictions = Predictions.random(count: 20, classCount: 4, keptCount: 3, seed: 5)
    try withTemporaryFolder { folder in
        try predictions.write(to: .replacing(folder + "/p.jsonl"))
        let lines = try Data(contentsOf: URL(filePath: folder + "/p.jsonl")).split(
            separator: UInt8(ascii: "\n"))
        let rows = try lines.map { try JSONDecoder().decode(Row.self, from: $0) }
        #expect(rows.map(\.id) == Array(0..<20))
        #expect(rows.map(\.truthScore) == predictions.truthScores)
        #expect(rows.map { $0.place - 1 } == predictions.truthPlaces.map(Int.init))
        #expect(rows.flatMap { $0.top.map(\.score) } == predictions.scores)
        #expect(rows.flatMap { $0.top.map(\.class) } == predictions.labels.map { "class \($0)" })
    }
}
