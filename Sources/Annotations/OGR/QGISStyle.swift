import Files
import Pixels

/// How QGIS shows a layer of annotations: a colour for each class as in the pictures, the score beside each, and a list of verdicts to
/// choose from. It is QGIS's QML, which a GeoPackage keeps in its table `layer_styles`.
struct QGISStyle {
    /// In the order of their colours.
    var classes: [String]
    var isOfPoints: Bool

    var qml: String { document.text }

    private var document: Markup {
        let categories = classes.enumerated().map { number, name -> Markup in
            #"<category symbol="\#(number)" value="\#(name)" label="\#(name)" render="true"/>"#
        }
        let symbols = classes.indices.map { symbol($0) }
        return """
            <!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
            <qgis version="3.22.0" styleCategories="Symbology|Labeling|Fields|Forms" labelsEnabled="1">
            <renderer-v2 type="categorizedSymbol" attr="class" symbollevels="0" enableorderby="0" forceraster="0">
            <categories>
            \(categories.joined(separator: "\n"))
            </categories>
            <symbols>
            \(symbols.joined(separator: "\n"))
            </symbols>
            </renderer-v2>
            \(Self.labels)
            \(Self.verdicts)
            <layerGeometryType>\(isOfPoints ? 0 : 2)</layerGeometryType>
            </qgis>

            """
    }

    private func symbol(_ number: Int) -> Markup {
        let colour = Palette.color(number)
        let line = "\(colour.red),\(colour.green),\(colour.blue),255"
        let isSolid = Palette.mark(number).line == .solid
        let options: [(String, String)] =
            isOfPoints
            ? [
                ("color", line), ("name", isSolid ? "circle" : "square"), ("outline_color", "0,0,0,255"),
                ("outline_style", "solid"), ("outline_width", "0.2"), ("outline_width_unit", "MM"),
                ("size", "2.4"), ("size_unit", "MM"),
            ]
            : [
                ("color", "0,0,0,0"), ("style", "no"), ("outline_color", line),
                ("outline_style", isSolid ? "solid" : "dash"), ("outline_width", "0.5"),
                ("outline_width_unit", "MM"), ("joinstyle", "miter"),
            ]
        // QGIS before 3.20 reads the second list.
        let new = options.map { name, value -> Markup in
            #"<Option type="QString" name="\#(name)" value="\#(value)"/>"#
        }
        let old = options.map { name, value -> Markup in #"<prop k="\#(name)" v="\#(value)"/>"# }
        return """
            <symbol type="\(isOfPoints ? "marker" : "fill")" name="\(number)" alpha="1" clip_to_extent="1" force_rhr="0">
            <layer class="\(isOfPoints ? "SimpleMarker" : "SimpleFill")" enabled="1" locked="0" pass="0">
            <Option type="Map">\(new.joined())</Option>
            \(old.joined())
            </layer>
            </symbol>
            """
    }

    private static let labels: Markup = """
        <labeling type="simple">
        <settings calloutType="simple">
        <text-style fieldName="format_number(&quot;score&quot;, 2)" isExpression="1" fontFamily="Sans Serif" fontSize="8" \
        fontSizeUnit="Point" textColor="0,0,0,255" textOpacity="1" multilineHeight="1" namedStyle="Regular" \
        useSubstitutions="0">
        <text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255" \
        bufferOpacity="1" bufferNoFill="1"/>
        </text-style>
        <text-format placeDirectionSymbol="0" formatNumbers="0" plussign="0" decimals="2"/>
        <placement placement="0" dist="0" priority="5" layerType="UnknownGeometry"/>
        <rendering drawLabels="1" obstacle="0" scaleVisibility="0" maxNumLabels="2000" displayAll="0"/>
        </settings>
        </labeling>
        """

    private static let verdicts: Markup = """
        <fieldConfiguration>
        <field name="verdict">
        <editWidget type="ValueMap">
        <config>
        <Option type="Map">
        <Option type="List" name="map">
        <Option type="Map"><Option type="QString" name="right" value="right"/></Option>
        <Option type="Map"><Option type="QString" name="wrong" value="wrong"/></Option>
        <Option type="Map"><Option type="QString" name="" value=""/></Option>
        </Option>
        </Option>
        </config>
        </editWidget>
        </field>
        </fieldConfiguration>
        """
}
