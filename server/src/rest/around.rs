//! What every address has in common, described in one place: the headers of each answer, and the
//! failures that come from around the handlers.

use super::security;
use crate::problem::Problem;
use utoipa::{
    ToSchema,
    openapi::{
        Components, ContentBuilder, Header, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr,
        Response, ResponseBuilder, Schema, Type,
        path::{Operation, PathItem},
    },
};

const REQUEST_ID: &str = "X-Request-ID";
const RETRY_AFTER: &str = "Retry-After";
const RATE_LIMIT: [&str; 3] = [
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
];

/// A failure that is described once and referred to.
struct Shared {
    status: &'static str,
    name: &'static str,
    description: &'static str,
    where_it_occurs: Where,
}

/// Where somebody has to be signed in.
const PERSONAL: [&str; 10] = [
    "/api/admin/",
    "/api/alerts",
    "/api/auth/",
    "/api/notifications",
    "/api/portfolio",
    "/api/trading/orders",
    "/api/trading/fills",
    "/api/wallet/",
    "/api/transactions",
    "/api/webhooks",
];

/// Tells somebody of their own.
const ACCOUNT_SOCKET: &str = "/ws/account";

/// Which operations can end so.
#[derive(Clone, Copy)]
enum Where {
    Everywhere,
    /// Under `/api`.
    Api,
    /// Under `/api`, with a body.
    Bodies,
    /// Where somebody has to be signed in.
    Accounts,
    /// The same, with a body.
    AccountBodies,
}

impl Where {
    fn includes(self, path: &str, takes_a_body: bool) -> bool {
        let is_api = path.starts_with("/api/");
        let is_account = PERSONAL.iter().any(|area| path.starts_with(area));
        match self {
            Self::Everywhere => true,
            Self::Api => is_api,
            Self::Bodies => is_api && takes_a_body,
            Self::Accounts => is_account,
            Self::AccountBodies => is_account && takes_a_body,
        }
    }
}

const fn shared(
    status: &'static str,
    name: &'static str,
    where_it_occurs: Where,
    description: &'static str,
) -> Shared {
    Shared {
        status,
        name,
        description,
        where_it_occurs,
    }
}

/// What comes first stands, where two have the same status.
const SHARED: [Shared; 12] = [
    shared(
        "400",
        "NotJson",
        Where::AccountBodies,
        "The body is not JSON",
    ),
    shared(
        "401",
        "Unauthenticated",
        Where::Accounts,
        "Nobody is signed in, or what was sent to sign in is wrong",
    ),
    shared(
        "403",
        "Forbidden",
        Where::Accounts,
        "Not for this caller: it comes from another site, needs a fresh second factor \
         (`step_up_required`), or the account is not verified or suspended",
    ),
    shared(
        "409",
        "Conflict",
        Where::Accounts,
        "It does not fit what is there",
    ),
    shared(
        "413",
        "TooLarge",
        Where::Bodies,
        "The request body is larger than 1 MiB",
    ),
    shared(
        "415",
        "NotSentAsJson",
        Where::AccountBodies,
        "The body was not sent as JSON",
    ),
    shared(
        "422",
        "WrongField",
        Where::AccountBodies,
        "A field is wrong (`errors` names it), or a link or code is too old",
    ),
    shared(
        "422",
        "UnknownParameter",
        Where::Api,
        "There are no parameters",
    ),
    shared(
        "429",
        "RateLimited",
        Where::Api,
        "Too many requests in a minute, or too many failures; `Retry-After` says when to come back",
    ),
    shared(
        "500",
        "Internal",
        Where::Everywhere,
        "A mistake of ours; `request_id` helps to find it",
    ),
    shared(
        "503",
        "Unavailable",
        Where::Accounts,
        "The database does not answer, or too many people sign in at once",
    ),
    shared(
        "504",
        "Timeout",
        Where::Everywhere,
        "It took longer than 30 s and was given up",
    ),
];

/// Adds to the description of every route what its handler can't know. What a handler says itself
/// stands.
pub(super) fn describe(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            name(operation, method, path);
            add_failures(operation, path);
            add_headers(operation, path.starts_with("/api/"));
            if Where::Accounts.includes(path, false) || path == ACCOUNT_SOCKET {
                security::require(operation, path);
            }
        }
    }
    let components = document.components.get_or_insert_default();
    add_components(components);
    security::add_schemes(components);
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("get", &mut item.get),
        ("post", &mut item.post),
        ("put", &mut item.put),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// By method and path: handlers of several areas may have the same name.
fn name(operation: &mut Operation, method: &str, path: &str) {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !matches!(*word, "" | "api"));
    let words: Vec<&str> = std::iter::once(method).chain(words).collect();
    operation.operation_id = Some(words.join("_"));
}

fn add_failures(operation: &mut Operation, path: &str) {
    let takes_a_body = operation.request_body.is_some();
    let answers = &mut operation.responses.responses;
    for shared in &SHARED {
        let applies = shared.where_it_occurs.includes(path, takes_a_body);
        if applies && !answers.contains_key(shared.status) {
            let reference = Ref::from_response_name(shared.name);
            answers.insert(shared.status.to_owned(), reference.into());
        }
    }
}

fn add_headers(operation: &mut Operation, is_api: bool) {
    for (status, answer) in &mut operation.responses.responses {
        if let RefOr::T(answer) = answer {
            mark(answer, is_api, status == "429");
        }
    }
}

fn mark(answer: &mut Response, is_api: bool, is_refusal: bool) {
    let limits = RATE_LIMIT.into_iter().filter(|_| is_api);
    let wait = is_refusal.then_some(RETRY_AFTER);
    for name in limits.chain(wait).chain([REQUEST_ID]) {
        let reference = Ref::new(format!("#/components/headers/{name}"));
        answer
            .headers
            .insert(name.to_owned(), RefOr::Ref(reference));
    }
}

fn add_components(components: &mut Components) {
    for shared in &SHARED {
        let problem = Ref::from_schema_name(Problem::name());
        let content = ContentBuilder::new().schema(Some(problem)).build();
        let answer = ResponseBuilder::new()
            .description(shared.description)
            .content("application/problem+json", content);
        let mut answer = answer.build();
        // Elsewhere than under `/api` the rate limit's headers are not sent: none is required.
        mark(&mut answer, true, shared.status == "429");
        let answer = RefOr::T(answer);
        components.responses.insert(shared.name.to_owned(), answer);
    }
    for (name, header) in headers() {
        components.headers.insert(name.to_owned(), header.into());
    }
}

fn headers() -> [(&'static str, Header); 5] {
    let [limit, remaining, reset] = RATE_LIMIT;
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Za-z0-9._-]{1,64}$"));
    [
        (
            REQUEST_ID,
            header(
                "Names the request in the server's log. One sent along is kept if it has this form.",
                id,
            ),
        ),
        (
            limit,
            header(
                "Requests a minute under `/api`, per session or API key, else per address.",
                count(),
            ),
        ),
        (remaining, header("How many of them are left.", count())),
        (
            reset,
            header(
                "When they are all there again, in seconds since 1970.",
                count(),
            ),
        ),
        (
            RETRY_AFTER,
            header("Seconds to wait before the next attempt.", count()),
        ),
    ]
}

fn header(description: &str, schema: impl Into<RefOr<Schema>>) -> Header {
    HeaderBuilder::new()
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn count() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
}
