//! What happens to every request around its handler.
//!
//! One service runs all steps as plain functions, in the order they are read here, with a single
//! allocation: as a tower of layers the same would be a boxed future each.

pub(crate) mod body_limit;
pub mod client_ip;
mod compression;
pub(crate) mod cors;
pub(crate) mod csrf;
mod metrics;
pub mod origin;
pub(crate) mod panic;
pub(crate) mod rate_limit;
pub mod request_id;
pub(crate) mod security_headers;
pub(crate) mod trace;

use crate::{
    area::{Area, SiteFiles},
    pages::forms::{self, PlainPost},
    problem::{self, Failure, Reader},
    sentry::Reporter,
    session::{
        Asker,
        api_key::{self, Refused},
        cookies, resolve,
    },
};
use app::page_data::request::asks_for_page;
use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use body_limit::Overrun;
use client_ip::{ClientIp, ClientNetwork};
use compression::Compressed;
use domain::api::{ApiError, ErrorCode};
use futures_util::FutureExt;
use leptos::config::LeptosOptions;
use metrics::Metrics;
use rate_limit::{BadKeys, Caller, RateLimit, Turned};
use request_id::{RequestId, X_REQUEST_ID};
use security_headers::SecurityHeaders;
use services::{
    Services,
    auth::{Auth, PendingCookies},
    config::{Config, HttpConfig},
};
use std::{
    convert::Infallible,
    fmt,
    future::Future,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower::Service;
use tracing::Instrument;

/// Headers that are added around an answer, about.
const MOST_ADDED: usize = 12;

/// The router with everything around it.
#[derive(Clone)]
pub struct Stack {
    router: Compressed<Router>,
    shared: Arc<Shared>,
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").finish_non_exhaustive()
    }
}

struct Shared {
    config: Arc<Config>,
    site: SiteFiles,
    /// The link to it, for error pages.
    style_sheet: String,
    headers: SecurityHeaders,
    rate_limit: RateLimit,
    auth: Auth,
    jar: cookies::Jar,
    reporter: Reporter,
    metrics: Metrics,
}

impl Stack {
    /// Wraps a router. The static files of `site` are not rate limited, and error pages look like
    /// the rest of it.
    #[must_use]
    pub fn new(
        router: Router,
        services: &Services,
        site: &LeptosOptions,
        reporter: Reporter,
    ) -> Self {
        let config = Arc::clone(&services.config);
        let shared = Shared {
            site: SiteFiles::scan(Path::new(site.site_root.as_ref())),
            style_sheet: app::shell::style_sheet(site.clone()),
            headers: SecurityHeaders::new(&config.http),
            rate_limit: RateLimit::new(Arc::clone(&services.cache), &config.limits),
            auth: services.auth.clone(),
            jar: cookies::Jar::new(&config.http),
            reporter,
            metrics: Metrics::new(),
            config,
        };
        Self {
            router: compression::of(router),
            shared: Arc::new(shared),
        }
    }

    /// Request id, tracing, error reports.
    async fn answer(self, mut request: Request) -> Response {
        let shared = Arc::clone(&self.shared);
        let id = RequestId::of(request.headers());
        let client = ClientIp::resolve(
            ClientIp::peer(request.extensions()),
            request.headers(),
            &shared.config.http.trusted_proxies,
        );
        let area = shared.site.area(request.uri().path());
        // Pages read it from there; an insane inbound id ends here.
        let headers = request.headers_mut();
        headers.insert(X_REQUEST_ID, id.header_value());
        request.extensions_mut().insert(id.clone());
        request.extensions_mut().insert(client);

        let asker = Asker::of(request.headers());
        if let Some(asker) = &asker {
            request.extensions_mut().insert(asker.clone());
        }

        let plain = PlainPost::of(&mut request, area, &shared.config.http);
        let observed = trace::Observed::of(&request, &id, area, asker);
        let span = observed.span();
        async {
            let mut response = self.protect(request, &id, area, client).await;
            let headers = response.headers_mut();
            headers.insert(X_REQUEST_ID, id.header_value());
            observed.finish(response.status(), &shared.metrics);
            if observed.is_failure(response.status()) {
                shared.reporter.server_error(&observed, &response);
            }
            // Last: what is logged and reported is what came of the request.
            match plain {
                Some(form) => form.lead_back(response, &id, &shared.auth, shared.jar),
                None => response,
            }
        }
        .instrument(span)
        .await
    }

    /// Panic to 500, security headers, CORS.
    async fn protect(
        self,
        request: Request,
        id: &RequestId,
        area: Area,
        client: ClientIp,
    ) -> Response {
        let shared = Arc::clone(&self.shared);
        let config = &shared.config.http;
        let granted = cors::granted(request.headers(), area, config);
        let reader = reader(&request, area, config);
        let preflight = cors::preflight(
            request.method(),
            request.headers(),
            area,
            granted.is_some(),
            config,
        );
        let response = match preflight {
            Some(mut response) => {
                let standing = Box::pin(shared.rate_limit.standing(client.network())).await;
                standing.mark(response.headers_mut(), area);
                response
            }
            None => panic::to_500(self.limit(request, area, client)).await,
        };
        let mut response = problem::render(response, area, &reader, id, &shared.style_sheet);
        let headers = response.headers_mut();
        cors::mark(headers, area, granted, config);
        shared.headers.apply(headers, area);
        response
    }

    /// Rate limit, then the rest.
    async fn limit(self, request: Request, area: Area, client: ClientIp) -> Response {
        let shared = Arc::clone(&self.shared);
        let guessable = rate_limit::is_guessable(request.uri().path());
        let (request, caller) = match self.caller(request, area, client).await {
            Ok(known) => known,
            Err(turned) => {
                let mut response = Failure(turned.error).into_response();
                if let Some(allowance) = turned.allowance {
                    allowance.mark(response.headers_mut(), area);
                }
                return response;
            }
        };
        let guessed_from = guessable.then(|| client.network());
        let allowance = shared.rate_limit.count(area, &caller, guessed_from).await;
        let refused = allowance.as_ref().and_then(rate_limit::Allowance::exceeded);
        let mut response = match refused {
            Some(error) => Failure(error).into_response(),
            None => self.dispatch(request, area).await,
        };
        // For what is added here and further out, so that the map grows once.
        response.headers_mut().reserve(MOST_ADDED);
        if let Some(allowance) = allowance {
            allowance.mark(response.headers_mut(), area);
        }
        response
    }

    /// Whose requests are counted together: a session's, an API key's, or an address's.
    ///
    /// A signature has to be checked before it is believed, and for that the body has to be read.
    async fn caller(
        &self,
        request: Request,
        area: Area,
        client: ClientIp,
    ) -> Result<(Request, Caller), Turned> {
        let network = client.network();
        if area != Area::Api {
            return Ok((request, Caller::Address(network)));
        }
        if !api_key::is_signed(request.headers()) {
            let token = cookies::value(request.headers(), cookies::ACCESS);
            let session = token.and_then(|token| self.shared.auth.claimed_session(token));
            let caller = session.map_or(Caller::Address(network), Caller::Session);
            return Ok((request, caller));
        }
        // Boxed, as everything is that few requests need: whatever the future of a request might hold is moved
        // into its box with each of them.
        Box::pin(self.signed(request, network)).await
    }

    /// The same for a request that somebody signed.
    async fn signed(
        &self,
        request: Request,
        network: ClientNetwork,
    ) -> Result<(Request, Caller), Turned> {
        let (auth, limits) = (&self.shared.auth, &self.shared.config.limits);
        let wrong = BadKeys::new(network, api_key::claimed(request.headers()));
        self.shared.rate_limit.check_bad_keys(&wrong).await?;
        let reading = api_key::authenticate(auth, request, limits.body_bytes);
        match tokio::time::timeout(limits.request_timeout, reading).await {
            Ok(Ok((mut request, identity))) => {
                let caller = Caller::Known(identity.limit_key());
                Asker::note(request.extensions(), identity.id());
                request.extensions_mut().insert(identity);
                Ok((request, caller))
            }
            Ok(Err(refused)) => Err(self.turned(refused, network, &wrong).await),
            Err(_) => Err(self.turned(too_slow().into(), network, &wrong).await),
        }
    }

    /// A signed request that is refused is nobody's: it is counted by its address, and a wrong key or
    /// signature among those that may be guesses.
    async fn turned(&self, refused: Refused, network: ClientNetwork, wrong: &BadKeys) -> Turned {
        let (limit, mut error) = (&self.shared.rate_limit, refused.error);
        let allowance = if refused.is_guess {
            limit.count_bad_key(wrong).await
        } else {
            let caller = Caller::Address(network);
            let allowance = limit.count(Area::Api, &caller, None).await;
            let exceeded = allowance.as_ref().and_then(rate_limit::Allowance::exceeded);
            error = exceeded.unwrap_or(error);
            allowance
        };
        Turned { error, allowance }
    }

    /// Body limit, CSRF, timeout, then the rest.
    async fn dispatch(mut self, request: Request, area: Area) -> Response {
        let limits = &self.shared.config.limits;
        if !request.uri().path().starts_with('/') {
            // "*" or a bare host name: HTTP allows it, routers don't expect it.
            let detail = "The request names no page of this server.";
            return Failure(ApiError::new(ErrorCode::BadRequest, detail)).into_response();
        }
        let most = body_limit::most(request.uri().path(), limits);
        let is_drained = body_limit::is_drained(&request);
        if body_limit::announced_too_large(request.headers(), most) {
            if is_drained {
                let drain = body_limit::drain(request.into_body(), limits.request_timeout);
                Box::pin(drain).await;
            }
            return Failure(body_limit::too_large(most)).into_response();
        }
        if let Some(error) = csrf::refused(&request, area, &self.shared.config.http) {
            return Failure(error).into_response();
        }
        let (request, overrun) = body_limit::limit(request, most);
        let cookies = resolve::is_for_people(&request, area).then(PendingCookies::default);
        // An upgrade is answered at once; the socket lives on outside this future.
        let limit = limits.request_timeout;
        // Here too: what a handler's panic is answered with brings the tokens that were taken, and says
        // what is left.
        let recognised = panic::to_500(self.recognised(request, cookies.as_ref()));
        let routed = tokio::time::timeout(limit, recognised).await;
        let mut response = routed.unwrap_or_else(|_| Failure(too_slow()).into_response());
        if let Some(overrun) = overrun.filter(Overrun::happened) {
            if is_drained {
                Box::pin(body_limit::drain(overrun.rest(), limit)).await;
            }
            response = Failure(body_limit::too_large(most)).into_response();
        }
        // Whatever the answer is: tokens that were taken are good only once.
        if let Some(cookies) = cookies {
            let changes = cookies.take();
            self.shared.jar.write(response.headers_mut(), &changes);
        }
        response
    }

    /// Session, then the router.
    async fn recognised(
        &mut self,
        mut request: Request,
        cookies: Option<&PendingCookies>,
    ) -> Response {
        if let Some(cookies) = cookies {
            let known = resolve::recognise(&self.shared.auth, &mut request, cookies);
            let known = Box::pin(known).await;
            if let Err(error) = known {
                return Failure(error).into_response();
            }
        }
        match self.router.call(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        }
    }
}

/// Who reads an answer: a browser without scripts shows what a server function says as a page.
fn reader(request: &Request, area: Area, config: &HttpConfig) -> Reader {
    let headers = request.headers();
    match area {
        Area::Page | Area::Asset => Reader::Person { form: None },
        Area::Function if asks_for_page(headers) => {
            let page = forms::own_referer(headers, config);
            let form = Some(page.unwrap_or_else(|| "/".to_owned()));
            Reader::Person { form }
        }
        Area::Function | Area::Api | Area::Machine => Reader::Program,
    }
}

fn too_slow() -> ApiError {
    let detail = "This took too long and was given up. Please try again.";
    ApiError::new(ErrorCode::Timeout, detail)
}

impl Service<Request> for Stack {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // axum's router is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin(self.clone().answer(request).map(Ok))
    }
}
