//! Requests per second by connections, as an SVG bar chart with a logarithmic scale.

use std::fmt::Write;

use crate::report::Point;

const COLOURS: [&str; 8] = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#a463f2", "#9c6b4e", "#97bbf5"];
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 360.0;
/// Space for the scale at the left.
const LEFT: f64 = 70.0;
const LINE: f64 = 18.0;
/// The scale begins here.
const LOWEST: f64 = 100.0;

/// Draws the series, of which each has a point per number of connections.
pub(crate) fn draw(title: &str, points: &[Point], series: &[&str], connections: &[u32]) -> String {
    let highest = points.iter().map(|point| point.per_second.median).fold(LOWEST * 10.0, f64::max);
    let decades = (highest / LOWEST).log10().ceil();
    let height = |value: f64| (value.max(LOWEST) / LOWEST).log10() / decades * HEIGHT;
    let group = (WIDTH - LEFT) / connections.len() as f64;
    let bar = group * 0.8 / series.len() as f64;
    let (top, legend) = (2.0 * LINE, (series.len() as f64 + 1.0) * LINE);
    let bottom = top + HEIGHT;

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"{LINE}\">{title}</text>\n",
        bottom + 2.0 * LINE + legend,
    );
    let mut add = |text: std::fmt::Arguments<'_>| svg.write_fmt(text).expect("a string takes all");
    for decade in 0..=decades as i32 {
        let value = LOWEST * 10_f64.powi(decade);
        let y = bottom - height(value);
        add(format_args!(
            "<path d=\"M{LEFT} {y:.1}H{WIDTH}\" stroke=\"#ccc\"/><text x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"end\">{value}</text>\n",
            LEFT - 6.0,
            y + 4.0
        ));
    }
    for (column, connections) in connections.iter().enumerate() {
        let x = LEFT + group * column as f64;
        add(format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{connections} connections</text>\n",
            x + group / 2.0,
            bottom + LINE
        ));
        for (position, (what, colour)) in series.iter().zip(COLOURS.iter().cycle()).enumerate() {
            let of_bar = |point: &&Point| point.what == **what && point.connections == *connections;
            let Some(point) = points.iter().find(of_bar) else { continue };
            let (x, high) = (x + group * 0.1 + bar * position as f64, height(point.per_second.median));
            add(format_args!(
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{high:.1}\" fill=\"{colour}\">\
                 <title>{}: {:.0} requests/s</title></rect>\n",
                bottom - high,
                bar * 0.9,
                escaped(what),
                point.per_second.median
            ));
        }
    }
    for (row, (what, colour)) in series.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let y = bottom + LINE * (row as f64 + 2.0);
        add(format_args!(
            "<rect x=\"{LEFT}\" y=\"{:.1}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            y,
            LEFT + 20.0,
            y + 11.0,
            escaped(what)
        ));
    }
    svg + "</svg>\n"
}

/// A series may be the name of another program, as given on the command line.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
