# ~/.bash_profile of the platform account
export PATH="$HOME/bin:$PATH"
umask 0002
[ -r /srv/platform/ops/session-log.sh ] && . /srv/platform/ops/session-log.sh
