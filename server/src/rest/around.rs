//! What every address has in common, described in one place: the headers of each answer, and the
//! failures that come from around the handlers.

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
    /// Whether it occurs under `/api` only.
    api_only: bool,
}

const SHARED: [Shared; 5] = [
    Shared {
        status: "413",
        name: "TooLarge",
        description: "The request body is larger than 1 MiB",
        api_only: true,
    },
    Shared {
        status: "422",
        name: "UnknownParameter",
        description: "There are no parameters",
        api_only: true,
    },
    Shared {
        status: "429",
        name: "RateLimited",
        description: "Too many requests in a minute; `Retry-After` says when to come back",
        api_only: true,
    },
    Shared {
        status: "500",
        name: "Internal",
        description: "A mistake of ours; `request_id` helps to find it",
        api_only: false,
    },
    Shared {
        status: "504",
        name: "Timeout",
        description: "It took longer than 30 s and was given up",
        api_only: false,
    },
];

/// Adds to the description of every route what its handler can't know. What a handler says itself
/// stands.
pub(super) fn describe(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let is_api = path.starts_with("/api/");
        for operation in operations(item) {
            add_failures(operation, is_api);
            add_headers(operation, is_api);
        }
    }
    add_components(document.components.get_or_insert_default());
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

fn add_failures(operation: &mut Operation, is_api: bool) {
    let takes_a_body = operation.request_body.is_some();
    let answers = &mut operation.responses.responses;
    for shared in &SHARED {
        let applies = (is_api || !shared.api_only) && (takes_a_body || shared.status != "413");
        if applies && !answers.contains_key(shared.status) {
            let reference = Ref::from_response_name(shared.name);
            answers.insert(shared.status.to_owned(), reference.into());
        }
    }
}

/// References have their headers where they lead.
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
            header("Requests a minute under `/api`, per address.", count()),
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
