//! Trades from elsewhere: a file is looked at first, then taken in.

use crate::{
    components::data_table::{
        Column::{Number, Text},
        table,
    },
    error::AppError,
    format::minute,
    functions::{
        answer::fail,
        portfolio::{ImportLooked, ImportTrades},
    },
    sheets::{
        Request,
        form::{Field, Form},
    },
};
use domain::portfolio::imported::{Fate, Report, RowReport};
use leptos::{prelude::*, server_fn::ServerFn};
use services::portfolio::import::{Format, Looked};

pub(super) async fn form(request: &Request) -> Result<AnyView, AppError> {
    let portfolios = &request.services.portfolios;
    let looked = portfolios.looked(request.identity()?).await.map_err(fail)?;
    let looked = looked.map(|looked| came_of(request, &looked));
    let mut formats = vec![(String::new(), "Tell by its first line".to_owned())];
    formats.extend(Format::ALL.map(|one| (one.as_str().to_owned(), one.title().to_owned())));
    let hint = "CSV, at most 20 MiB and 100,000 rows. Sending the same file again adds nothing.";
    let form = Form::new(request, "import", ImportTrades::PATH)
        .file(
            Field::new("file", "File", "file", "off")
                .hint(hint)
                .focus(true),
        )
        .select("format", "Whose file", formats)
        .field(
            Field::new("rates", "Rates of other currencies", "text", "off")
                .hint("Only if you traded with euros and the like: US dollars for one, such as EUR 1.08; from a day on, 2024-01-31 EUR 1.0837.")
                .optional(),
        )
        .view("Look at it", "button primary");
    let view = view! {
        {looked}
        {form}
        <details>
            <summary>"How to write a file of your own"</summary>
            <p>
                "The first line names the columns: "<code>"date,type,asset,quantity,total,fee"</code>
                ". The type is buy, sell, deposit, withdrawal, reward, transfer_in or transfer_out; total \
                 and fee are in US dollars. For example:"
            </p>
            <pre>"date,type,asset,quantity,total,fee\n2024-01-31,buy,BTC,0.5,21000,12.50"</pre>
            <p>
                "Of days that are too long ago for anybody here to know a price, give each row its total. More \
                 columns, if you need them: "<code>"currency"</code>" of total and fee, "
                <code>"fee_asset"</code>" of a fee in coins and "<code>"fee_total"</code>
                ", what that was worth; a deposit, a withdrawal and a transfer may have a fee as well. "
                <code>"place"</code>" (binance, coinbase, kraken, wallet, elsewhere) and "
                <code>"id"</code>"."
            </p>
        </details>
        <details>
            <summary>"If you paid in euros, pounds, …"</summary>
            <p>
                "Your portfolio counts in US dollars, and nobody here knows what other money cost on a day: tell it \
                 above, or in a column "<code>"usd_rate"</code>", which you may add to any file. The money itself \
                 stays outside: what you bought with it counts as brought in just then, and what you sold for it \
                 as taken out."
            </p>
        </details>
    };
    Ok(view.into_any())
}

/// What came of a file, or would.
fn came_of(request: &Request, looked: &Looked) -> AnyView {
    let report = &looked.report;
    let take = (report.dry_run && looked.has_file).then(|| {
        let button = format!("Import {}", rows(report.new));
        Form::new(request, "import-looked", ImportLooked::PATH)
            .hidden("digest", looked.digest.clone())
            .view(&button, "button primary")
    });
    let again = report.dry_run && !looked.has_file && report.new > 0;
    let again = again.then(|| {
        let large = "It is too large to be kept meanwhile: send it once more to import it.";
        let form = Form::new(request, "import-large", ImportTrades::PATH)
            .file(Field::new("file", "The same file", "file", "off"))
            .hidden("act", "import")
            .hidden("format", looked.format.map_or("", Format::as_str))
            .hidden("rates", looked.rates.to_string())
            .view("Import it", "button primary");
        view! {
            <p>{large}</p>
            {form}
        }
    });
    let lines = report.rows.iter().map(row);
    let lines: Vec<_> = lines.collect();
    let all = report.new + report.known + report.skipped + report.bad;
    let more = all.saturating_sub(lines.len());
    let more = (more > 0).then(|| view! { <p class="muted">{format!("And {}.", rows(more))}</p> });
    let columns = [Number("Line"), Text("Fate"), Text("When"), Text("What")];
    let caption = "Row by row, what can't be taken first";
    view! {
        <div data-testid="import-report">
            <p role="status">{summary(report)}</p>
            {take}
            {again}
            {table("import-rows", "Rows", caption, &columns, lines)}
            {more}
        </div>
    }
    .into_any()
}

fn rows(count: usize) -> String {
    match count {
        1 => "1 row".to_owned(),
        count => format!("{count} rows"),
    }
}

fn summary(report: &Report) -> String {
    let (went, are) = match report.dry_run {
        true => ("would go in", "Nothing has been imported yet."),
        false => ("went in", ""),
    };
    format!(
        "{} {went}, {} known already, {} without effect, {} that can't be taken. {are}",
        rows(report.new),
        report.known,
        report.skipped,
        report.bad,
    )
}

fn row(row: &RowReport) -> AnyView {
    let fate = match row.fate {
        Fate::New => "New",
        Fate::Known => "Known",
        Fate::Skipped => "No effect",
        Fate::Bad => "Can't be taken",
    };
    let class = (row.fate == Fate::Bad).then_some("down");
    let what = row.reason.clone().unwrap_or_else(|| row.what.clone());
    view! {
        <tr>
            <th scope="row" class="num">{row.line}</th>
            <td class=class>{fate}</td>
            <td>{row.at.map(minute)}</td>
            <td>{what}</td>
        </tr>
    }
    .into_any()
}
