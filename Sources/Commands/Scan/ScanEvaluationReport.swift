import Evaluation
import Figures
import Files
import Scanning

/// One self-contained page, and the files beside it, about a scan whose scene is known.
struct ScanEvaluationReport {
    let measurement: ScanMeasurement
    let rule: MergeRule
    /// Empty where the scene cannot be had.
    let sheets: [ScanSheets.Sheet]
    /// Why there are no sheets; `nil` where there are some.
    let omission: String?

    private var metrics: SceneMetrics { measurement.metrics }
    private var curves: FigureGrid? {
        measurement.evaluation.precisionRecallFigures(isByDistance: metrics.matching == .distance)
    }

    /// Writes everything into an empty folder.
    ///
    /// - Parameter command: what was typed.
    func write(into folder: String, command: String, cancellation: Cancellation) throws {
        try cancellation.check()
        try writeJSON(metrics, to: .replacing(folder + "/" + ScanFolder.metricsName))
        for ending in ["svg", "png"] {
            try curves?.figure.write(to: .replacing("\(folder)/precision-recall.\(ending)"))
        }
        for sheet in sheets {
            try cancellation.check()
            try sheet.pictures.figure.write(to: .replacing("\(folder)/\(sheet.name).png"))
        }
        try cancellation.check()
        try writeFile(try page(command: command).html, to: .replacing(folder + "/report.html"))
    }

    private func page(command: String) throws -> ReportPage {
        var page = ReportPage(title: "How well \(Address(metrics.scenePath).lastComponent) was scanned")
        page.lead = lead
        page.style = Self.style
        page.add("Is that good?", metrics.verdict)
        page.add("Each class", classes)
        if let curves {
            page.add(
                "Precision and recall",
                """
                \(try curves.markup())
                <p class="note">Precision is the part of the boxes that are hits, recall the part of the objects that are \
                found, from the highest score to the lowest. The dots stand at the scan's threshold. AP is the area under a curve; \
                of all classes together, the mean of the classes.</p>
                """)
        }
        if metrics.hasCoveredObjects {
            page.add(
                "By visible part",
                """
                \(htmlTable(columns: metrics.columns, rows: metrics.rows()))
                <p class="note">\(SceneMetrics.visibleText) Objects that are less visible than stated count neither way.</p>
                """)
        }
        page.add("False alarms", falseAlarms)
        if !sheets.isEmpty {
            page.add("To look at", try sheets.map { try $0.pictures.markup() }.joined(separator: "\n"))
        }
        let notes = (metrics.notes ?? []) + [omission].compactMap(\.self)
        if !notes.isEmpty {
            page.add(
                "To know", notes.map { "<p>\(withoutSecrets($0)).</p>" as Markup }.joined(separator: "\n"))
        }
        page.add("To do it again", "<pre>\(copied: command)</pre>")
        return page
    }

    private var lead: Markup {
        guard let all = metrics.all else { return "" }
        func percent(_ value: Double?) -> String { value.map { "\((100 * $0).fixed(1)) %" } ?? "–" }
        let best = all.bestThreshold.map { best -> Markup in
            """
             The best threshold is <strong>\(best.threshold.fixed(3))</strong>, with precision \(percent(best.precision)) and recall \
            \(percent(best.recall)).
            """
        }
        return """
            Found <strong>\(grouped(all.hitCount))</strong> of <strong>\(grouped(all.truthCount))</strong> objects (recall \
            \(percent(all.recall))) with \(grouped(all.falseAlarmCount)) \
            \(all.falseAlarmCount == 1 ? "false alarm" : "false alarms") (precision \(percent(all.precision))) at scores from \
            \(metrics.rules.scoreThreshold) on.\(best ?? "")
            """
    }

    private var classes: Markup {
        """
        \(htmlTable(columns: metrics.classColumns, rows: metrics.classRows()))
        <p class="note">\(metrics.ruleText) Boxes by \(rule.text). The best threshold is the one with the highest F1.</p>
        """
    }

    /// More classes than this make no matrix that anybody reads.
    private static let matrixLimit = 20

    private var falseAlarms: Markup {
        let sentences = [metrics.falseAlarmText, metrics.hardNegativeText].compactMap(\.self)
        let text: Markup =
            sentences.isEmpty
            ? "<p>There are none.</p>"
            : sentences.map { "<p>\($0.prefix(1).uppercased() + $0.dropFirst()).</p>" as Markup }.joined()
        let classes = metrics.classes ?? []
        guard classes.count > 1 else { return text }
        guard classes.count <= Self.matrixLimit else {
            let rows = (metrics.confusions ?? []).prefix(Self.matrixLimit).map {
                [$0.trueClass, $0.foundClass, grouped($0.count)]
            }
            return rows.isEmpty
                ? text : "\(text)\(htmlTable(columns: ["object", "found as", "boxes"], rows: Array(rows)))"
        }
        return """
            \(text)\(matrix(of: classes))
            <p class="note">Rows are objects, columns what they were found as. An object that is found as another class only is also \
            among the missed ones. "Not looked for" are objects of other classes, on which a box is always a false alarm. In the last \
            row are boxes on no object, beside one, or on one that was found already.</p>
            """
    }

    private func matrix(of classes: [ClassEvaluation]) -> Markup {
        let names = classes.map { $0.className ?? "" }
        var counts: [String: Int] = [:]
        for confusion in metrics.confusions ?? [] {
            counts[confusion.trueClass + "\n" + confusion.foundClass] = confusion.count
        }
        func cell(_ count: Int, isHit: Bool = false) -> Markup {
            count == 0
                ? "<td class=\"none\">0</td>"
                : isHit ? "<td class=\"hit\">\(grouped(count))</td>" : "<td>\(grouped(count))</td>"
        }
        let head = (["object"] + names + ["missed"]).map { name -> Markup in
            name.count > longNameLength ? "<th class=\"long\">\(name)</th>" : "<th>\(name)</th>"
        }.joined()
        let rows = classes.map { row -> Markup in
            let cells = classes.map { column -> Markup in
                row.className == column.className
                    ? cell(row.hitCount, isHit: true)
                    : cell(counts[(row.className ?? "") + "\n" + (column.className ?? "")] ?? 0)
            }
            return "<tr>\(nameCell(row.className ?? ""))\(cells.joined())\(cell(row.missCount))</tr>"
        }
        let unsought = classes.map { cell($0.causes[.unsought]) }.joined()
        let others = classes.map {
            cell($0.falseAlarmCount - $0.causes.otherClass - $0.causes[.unsought])
        }.joined()
        return """
            <div class="scroll" tabindex="0"><table class="confusions"><thead><tr>\(head)</tr></thead><tbody>
            \(rows.joined(separator: "\n"))
            <tr class="first"><td>not looked for</td>\(unsought)<td></td></tr>
            <tr><td>no object</td>\(others)<td></td></tr>
            </tbody></table></div>
            """
    }

    private static let style: Markup = """
        .confusions th { vertical-align: bottom; }
        .confusions th.long { white-space: normal; overflow-wrap: anywhere; min-width: 12em; }
        .confusions td.hit { font-weight: 600; }
        .confusions td.none { color: var(--soft); }
        """
}
