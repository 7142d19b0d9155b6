//! What waits for a fresh proof: a form that was refused for want of one is taken as sent once there
//! is one, so that nobody has to fill it in again.
//!
//! It is written as an address: the function's path, and what was typed as the query. The page puts
//! it into the form that asks for the proof. No secret is in it.

use super::{
    AppError, Outcome,
    api_keys::{MakeApiKey, make_api_key},
    me::{DeleteMe, delete_me},
    second_factor::{Disable, RecoveryCodes, disable, recovery_codes},
    wallet::{UnlinkWallet, unlink_wallet},
};
use crate::{
    account::flash::{Flash, WAITING},
    functions::{
        admin::{
            DecideWithdrawal, EndSessions, ResetTwoFactor, SetRole, decide_withdrawal,
            end_sessions, reset_two_factor, set_role,
        },
        money::{AddAddress, SwitchAddress, Withdraw, add_address, switch_address, withdraw},
    },
    pages::query_string,
};
use domain::{address, api::ErrorCode};
use leptos::server_fn::ServerFn;

/// What waits, as a page that asks for the proof is told: by the form that was refused, or by a
/// proof that was wrong. Only one of `acts`, which are what the page asks for it.
pub(crate) fn of(flash: &Flash, acts: &[&str]) -> Option<String> {
    let refused = flash.error.as_ref()?.code == ErrorCode::StepUpRequired;
    let waiting = if refused {
        written(flash)?
    } else {
        flash.field(WAITING)?.to_owned()
    };
    let (act, _) = waiting.split_once('?')?;
    acts.contains(&act).then_some(waiting)
}

fn written(flash: &Flash) -> Option<String> {
    let form = ("form", flash.form.as_str());
    let fields = flash.fields.iter();
    let fields = fields.map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs: Vec<String> = [form]
        .into_iter()
        .chain(fields)
        .map(|(name, value)| format!("{name}={}", address::value(value)))
        .collect();
    Some(format!("{}?{}", flash.action.as_ref()?, pairs.join("&")))
}

/// Does it. `None` when nothing waits.
pub(super) async fn act(waiting: &str) -> Option<Result<Outcome, AppError>> {
    let (act, query) = waiting.split_once('?')?;
    let field = |name| query_string::value(query, name).unwrap_or_default();
    Some(match act {
        DeleteMe::PATH => delete_me(field("confirm")).await,
        Disable::PATH => disable().await,
        RecoveryCodes::PATH => recovery_codes().await,
        Withdraw::PATH => {
            let [asset, amount, address, key] = ["asset", "amount", "address_id", "key"].map(field);
            withdraw(asset, amount, address, key).await
        }
        AddAddress::PATH => {
            let [network, address, label] = ["network", "address", "label"].map(field);
            add_address(network, address, label).await
        }
        SwitchAddress::PATH => switch_address(field("address_id"), field("enabled")).await,
        SetRole::PATH => set_role(field("user"), field("role")).await,
        EndSessions::PATH => end_sessions(field("user")).await,
        ResetTwoFactor::PATH => reset_two_factor(field("user")).await,
        DecideWithdrawal::PATH => decide_withdrawal(field("withdrawal"), field("decision")).await,
        UnlinkWallet::PATH => unlink_wallet(field("address")).await,
        MakeApiKey::PATH => {
            let [read, trade, withdraw] = ["read", "trade", "withdraw"].map(field);
            let (networks, end) = (field("ip_allow_list"), field("expires_at"));
            make_api_key(field("name"), read, trade, withdraw, networks, end).await
        }
        _ => return None,
    })
}

/// What its form says when it failed after all.
pub(super) fn failed(waiting: &str, error: AppError) -> Flash {
    let (act, query) = waiting.split_once('?').unwrap_or((waiting, ""));
    let names = query.split('&').filter_map(|pair| pair.split_once('='));
    let fields: Vec<(&str, String)> = names
        .filter_map(|(name, _)| Some((name, query_string::value(query, name)?)))
        .collect();
    let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
    Flash::failed(act, error, fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::api::ApiError;

    fn refused(code: ErrorCode) -> Flash {
        let fields = [("form", "new-key"), ("name", "a&b=ü"), ("read", "on")];
        let error = ApiError::new(code, "Please confirm that it is you.").into();
        Flash::failed(MakeApiKey::PATH, error, fields.into_iter())
    }

    #[test]
    fn what_was_typed_comes_back_when_it_failed_after_all() {
        let waiting = of(&refused(ErrorCode::StepUpRequired), &[MakeApiKey::PATH]);
        let waiting = waiting.unwrap_or_default();
        let again = failed(&waiting, ApiError::field("expires_at", "is over").into());
        assert_eq!(again.form, "new-key");
        assert_eq!(again.fields, refused(ErrorCode::StepUpRequired).fields);
    }

    #[test]
    fn a_wrong_proof_keeps_it_waiting() {
        let waiting = of(&refused(ErrorCode::StepUpRequired), &[MakeApiKey::PATH]);
        let waiting = waiting.unwrap_or_default();
        let error = ApiError::new(ErrorCode::InvalidCode, "This code is wrong.").into();
        let proof = [("form", "step-up"), (WAITING, &waiting), ("code", "000000")];
        let wrong = Flash::failed("/_fn/auth/step-up", error, proof.into_iter());
        assert_eq!(of(&wrong, &[MakeApiKey::PATH]), Some(waiting));
    }

    #[test]
    fn a_page_asks_for_its_own_acts_only() {
        let flash = refused(ErrorCode::StepUpRequired);
        assert_eq!(of(&flash, &[DeleteMe::PATH]), None);
        let flash = refused(ErrorCode::Conflict);
        assert_eq!(of(&flash, &[MakeApiKey::PATH]), None);
    }
}
