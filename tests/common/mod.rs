//! What several tests share.

use firesteel::kernel::time_zone::TimeZone;
use firesteel::prelude::*;
use firesteel::session::text::{Style, TextWriter};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator,
    PartSuppGenerator, RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow,
    SupplierArrow,
};

/// A session with the TPC-H tables of a scale factor as temporary views.
pub fn tpch_session(scale: f64, threads: usize) -> Session {
    let spark = Session::builder()
        .master(&format!("local[{threads}]"))
        .config("spark.sql.session.timeZone", "UTC")
        .create()
        .expect("a session");
    macro_rules! table {
        ($name:literal, $generator:ident, $arrow:ident) => {{
            let generator = $generator::new(scale, 1, 1);
            let batches = $arrow::new(generator).with_batch_size(8192);
            let batches = batches.collect::<Result<Vec<_>, _>>().expect($name);
            let frame = spark.create_dataframe_from_batches(batches).expect($name);
            frame.create_or_replace_temp_view($name).expect($name);
        }};
    }
    table!("customer", CustomerGenerator, CustomerArrow);
    table!("lineitem", LineItemGenerator, LineItemArrow);
    table!("nation", NationGenerator, NationArrow);
    table!("orders", OrderGenerator, OrderArrow);
    table!("part", PartGenerator, PartArrow);
    table!("partsupp", PartSuppGenerator, PartSuppArrow);
    table!("region", RegionGenerator, RegionArrow);
    table!("supplier", SupplierGenerator, SupplierArrow);
    spark
}

/// A row as golden files print it.
pub fn hive_line(row: &Row) -> String {
    let writer = TextWriter::new(Style::Hive, TimeZone::utc(), None);
    let cells = row.values().iter().zip(row.schema().iter());
    cells
        .map(|(value, field)| writer.cell(value, &field.data_type))
        .collect::<Vec<_>>()
        .join("\t")
}
