//! Page loads, downloads and server functions: this very request already sees the user, also when the
//! access token has expired and the refresh token has not.

use super::{Asker, api_key, visitor};
use crate::area::Area;
use axum::extract::Request;
use domain::api::ApiError;
use http::Method;
use services::auth::{Auth, AuthError, PendingCookies};

/// What the last part of an address under `/api` is called where it gives a file to keep. Their answers
/// are kept by no cache, so that tokens may come with them.
const FILES: [&str; 2] = ["export", "export.csv"];

/// Whether somebody looks at the answer, and is to be recognised before it is made. The rest of the API
/// asks by itself, where a handler wants to know.
pub(crate) fn is_for_people(request: &Request, area: Area) -> bool {
    match area {
        Area::Page | Area::Function => true,
        Area::Api => is_download(request),
        Area::Machine | Area::Asset => false,
    }
}

/// Whether this asks for a file, as a browser does that follows a link: no script is there that would get
/// new tokens first. What else browsers say of such a link differs from one to another, down to nothing.
/// A program that signs is recognised already.
fn is_download(request: &Request) -> bool {
    let name = request.uri().path().rsplit('/').next();
    name.is_some_and(|name| FILES.contains(&name))
        && request.method() == Method::GET
        && !api_key::is_signed(request.headers())
}

/// Recognises who sends a request and notes it in its extensions.
///
/// Server functions find there too where it comes from, and `cookies`, in which is collected what is
/// to happen to the cookies.
///
/// # Errors
/// When it can't be told: nobody is let in then.
pub(crate) async fn recognise(
    auth: &Auth,
    request: &mut Request,
    cookies: &PendingCookies,
) -> Result<(), ApiError> {
    request.extensions_mut().insert(cookies.clone());
    let visitor = visitor(request.headers(), request.extensions());
    request.extensions_mut().insert(visitor.clone());
    let headers = request.headers();
    let access = super::cookies::secret(headers, super::cookies::ACCESS);
    let refresh = super::cookies::secret(headers, super::cookies::REFRESH);
    if access.is_none() && refresh.is_none() {
        return Ok(());
    }
    if let Some(access) = access {
        match auth.authenticate(access.expose(), &visitor).await {
            Ok(identity) => {
                Asker::note(request.extensions(), identity.id());
                cookies.recognised(&identity);
                request.extensions_mut().insert(identity);
                return Ok(());
            }
            Err(AuthError::Unauthenticated) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let Some(refresh) = refresh else {
        cookies.clear();
        return Ok(());
    };
    match auth.refresh(refresh.expose(), &visitor).await {
        Ok(signed_in) => {
            Asker::note(request.extensions(), signed_in.identity.id());
            request.extensions_mut().insert(signed_in.identity);
            cookies.grant(signed_in.grant);
            Ok(())
        }
        Err(AuthError::Unauthenticated) => {
            cookies.clear();
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
