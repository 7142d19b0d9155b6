//! The audit log: filtered, by page, and checked.

use super::{
    super::{
        Request,
        filters::{day, end_of, is_no_day, midnight, pager, query},
        panel::panel,
    },
    account_link, or_dash,
};
use crate::{
    components::data_table::{
        Column::{Number, Text},
        table,
    },
    error::AppError,
    functions::answer::fail,
};
use domain::{
    UserId,
    admin::{AuditEntry, AuditVerdict},
};
use leptos::prelude::*;
use services::{auth::Identity, store::AuditFilter};
use time::OffsetDateTime;

/// Rows of a page.
const ROWS: u32 = 50;
const PAGE: &str = "/admin/audit";
const NAMES: [&str; 5] = ["actor", "subject", "action", "from", "to"];

pub(super) async fn section(request: &Request, identity: &Identity) -> Result<AnyView, AppError> {
    let asked = Asked::of(request);
    let admin = &request.services.admin;
    let verdict = match request.query("check") {
        Some(_) => {
            let verdict = admin.verify_audit_log(identity).await;
            Some(verdict.map_err(fail)?)
        }
        None => None,
    };
    let (filter, before) = (asked.filter(), asked.cursor);
    let found = match asked.has_days() {
        true => admin.audit_log(identity, &filter, before, ROWS).await,
        false => Ok(Vec::new()),
    };
    let found = found.map_err(fail)?;
    let view = view! {
        {panel("Check", check(verdict.as_ref()))}
        {asked.form()}
        {panel("Records", asked.table(&found))}
    };
    Ok(view.into_any())
}

fn check(verdict: Option<&AuditVerdict>) -> AnyView {
    let told = verdict.map(|verdict| match &verdict.problem {
        None => {
            let records = verdict.records.unwrap_or_default();
            let end = match verdict.anchored {
                true => "its end is the one this server keeps",
                false => "this server keeps no end to compare with",
            };
            view! { <p class="form-done" role="status">"The log is whole: " {records} " records; " {end} "."</p> }
            .into_any()
        }
        Some(problem) => view! {
            <p class="form-error" role="alert">"The log is not what it was: " {problem.clone()} "."</p>
        }
        .into_any(),
    });
    view! {
        <p>"Every record holds the hash of the one before, so that none can be changed or taken out unnoticed."</p>
        {told}
        <form method="get" action=PAGE data-testid="check">
            <input type="hidden" name="check" value="1" />
            <button class="button">"Check the whole log"</button>
        </form>
    }
    .into_any()
}

/// What is asked for. What can't be read fits nothing, so that nobody takes all for what was meant.
struct Asked {
    /// As they were typed.
    typed: [String; 5],
    cursor: Option<u64>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let typed = NAMES.map(|name| request.query(name).unwrap_or_default().trim().to_owned());
        let cursor = request.query("cursor");
        let cursor = cursor.and_then(|cursor| cursor.parse().ok());
        Self { typed, cursor }
    }

    /// Whether what is typed as days is that.
    fn has_days(&self) -> bool {
        let [.., from, to] = &self.typed;
        !is_no_day(from) && !is_no_day(to)
    }

    fn filter(&self) -> AuditFilter {
        let [actor, subject, action, from, to] = &self.typed;
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let nobody = UserId::new(uuid::Uuid::nil());
        AuditFilter {
            actor: text(actor).map(|actor| actor.parse().unwrap_or(nobody)),
            subject: text(subject),
            action: text(action),
            from: midnight(from),
            to: end_of(to),
        }
    }

    fn address(&self, cursor: Option<u64>) -> String {
        let cursor = cursor.map(|cursor| ("cursor", cursor.to_string()));
        let typed = NAMES.into_iter().zip(self.typed.clone());
        format!("{PAGE}{}", query(typed.chain(cursor)))
    }

    fn form(&self) -> AnyView {
        let [actor, subject, action, from, to] = self.typed.clone();
        view! {
            <form class="filters" method="get" action=PAGE data-testid="filters">
                <label>"Who " <input class="field" name="actor" placeholder="Id of an account" value=actor /></label>
                <label>"To whom or what " <input class="field" name="subject" placeholder="Id" value=subject /></label>
                <label>"Act " <input class="field" name="action" placeholder="login" value=action /></label>
                {day("From ", "from", from)}
                {day("To ", "to", to)}
                <button class="button primary">"Show"</button>
            </form>
        }
        .into_any()
    }

    fn table(&self, found: &[AuditEntry]) -> AnyView {
        if found.is_empty() {
            return view! { <p>"Nothing fits. Try a longer time, or leave a field empty."</p> }
                .into_any();
        }
        let is_full = u32::try_from(found.len()).is_ok_and(|count| count >= ROWS);
        let older = found.last().filter(|_| is_full);
        let older = older.map(|last| self.address(Some(last.sequence)));
        let newest = self.cursor.is_some().then(|| self.address(None));
        let rows: Vec<_> = found.iter().map(row).collect();
        let columns = [
            Number("No."),
            Text("When"),
            Text("Act"),
            Text("Who"),
            Text("To whom or what"),
            Text("From"),
            Text("More"),
        ];
        let table = table(
            "audit",
            "Records",
            "What was done, the newest first",
            &columns,
            rows,
        );
        view! {
            <div class="cards">{table}</div>
            {pager(newest, older)}
        }
        .into_any()
    }
}

fn row(entry: &AuditEntry) -> AnyView {
    let who = entry
        .actor
        .map_or_else(|| view! { "Nobody signed in" }.into_any(), account_link);
    let request = entry.request_id.clone();
    let from = entry.ip.clone();
    view! {
        <tr>
            <th scope="row" class="num">{entry.sequence}</th>
            <td data-label="When">{second(entry.at)}</td>
            <td data-label="Act">{entry.action.clone()}</td>
            <td data-label="Who">{who}</td>
            <td data-label="To whom or what">{or_dash(entry.subject.clone())}</td>
            <td data-label="From" title=request>{or_dash(from)}</td>
            <td data-label="More">{entry.detail.clone()}</td>
        </tr>
    }
    .into_any()
}

/// A moment to the second: acts follow one another quickly.
fn second(at: OffsetDateTime) -> String {
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    format!("{} {hour:02}:{minute:02}:{second:02} UTC", at.date())
}
